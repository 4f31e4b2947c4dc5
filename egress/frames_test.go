package egress_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// frames is a receiver that speaks HTTP/2 by hand, one frame at a time.
type frames struct {
	net.Conn
	t *testing.T
}

const (
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	framePing     = 6
	frameGoAway   = 7
)

// http2ByHand serves connections by number, from 1 on, once the prefaces are exchanged.
func http2ByHand(t *testing.T, serve func(f frames, connection int32)) (url string) {
	var opened atomic.Int32
	return "https://" + listenWith(t, &tls.Config{Certificates: []tls.Certificate{testCertificate()}, NextProtos: []string{"h2"}}, func(c net.Conn) {
		n := opened.Add(1)
		if _, err := io.ReadFull(c, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
			return
		}
		f := frames{c, t}
		f.write(frameSettings, 0, 0, nil)
		serve(f, n)
	})
}

func (f frames) write(kind, flags byte, stream uint32, payload []byte) {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	head = binary.BigEndian.AppendUint32(append(head, flags), stream)
	f.Conn.Write(append(head, payload...))
}

// next returns the next frame, or false at the end.
func (f frames) next() (kind, flags byte, stream uint32, payload []byte, ok bool) {
	head := make([]byte, 9)
	if _, err := io.ReadFull(f.Conn, head); err != nil {
		return 0, 0, 0, nil, false
	}
	payload = make([]byte, binary.BigEndian.Uint32(append([]byte{0}, head[:3]...)))
	_, err := io.ReadFull(f.Conn, payload)
	return head[3], head[4], binary.BigEndian.Uint32(head[5:]), payload, err == nil
}

// request waits for the next request and returns its stream.
func (f frames) request() uint32 {
	for {
		kind, flags, stream, payload, ok := f.next()
		switch {
		case !ok:
			return 0
		case kind == frameHeaders:
			return stream
		case kind == framePing && flags == 0:
			f.write(framePing, 1, 0, payload)
		}
	}
}

func (f frames) ok(stream uint32) { f.write(frameHeaders, 5, stream, []byte{0x88}) } // :status 200

func (f frames) reset(stream, code uint32) {
	f.write(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func (f frames) goAway(last uint32) {
	f.write(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), 0))
}
