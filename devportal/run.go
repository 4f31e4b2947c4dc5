package devportal

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/devportal/devclock"
	"github.com/onevent/onevent/devportal/localca"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/listener"
	"github.com/onevent/onevent/retention"
	"github.com/onevent/onevent/server"
	"github.com/onevent/onevent/sqlite"
)

// How long the parts of a dev portal may take to end; together less than the
// 10 s that it promises.
const (
	endRequests = 2 * time.Second
	endAttempts = 6 * time.Second
)

// loopback is what the dev portal's egress opens beside --allow.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// running is a dev portal whose parts are open; what is off is nil.
type running struct {
	Config
	folder  folder
	secrets *secrets
	clock   *devclock.Clock
	store   *sqlite.DB
	plain   net.Listener
	tls     net.Listener
	ca      *localca.CA
	sites   *sites
	screen  *screen
	server  *server.Server
	web     *listener.Server
	echo    *listener.Server
	at      string // URL of the echo handler
}

// Run makes or reopens the portal in Config.Data and serves it until ctx ends.
// An error has CodeInvalid when the configuration is at fault, CodeConflict
// when an address is taken or the folder in use.
func Run(ctx context.Context, c Config) error {
	c, err := c.judged()
	if err != nil {
		return err
	}
	d := &running{Config: c, folder: folder(c.Data)}
	err = d.run(ctx)
	if ctx.Err() != nil {
		err = nil // it was told to end while it was starting: steps fail by that
	}
	return errors.Join(err, d.end())
}

func (d *running) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{d.openFolder, d.listen, d.compose, d.begin} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.web.Failed():
		return err
	case err := <-d.store.Damaged():
		return err
	}
}

// openFolder locks the folder before it touches anything that another process
// may use, FILE included.
func (d *running) openFolder(ctx context.Context) error {
	if err := d.folder.make(); err != nil {
		return err
	}
	if err := d.openStore(ctx); err != nil {
		return err
	}
	return d.removeCreds()
}

func (d *running) removeCreds() error {
	if info, err := os.Stat(filepath.Dir(d.Creds)); err != nil || !info.IsDir() {
		return invalid("--creds: there is no folder %s", filepath.Dir(d.Creds))
	}
	if info, err := os.Stat(d.Creds); err == nil && info.IsDir() {
		return invalid("--creds: %s is a folder", d.Creds)
	}
	if err := os.Remove(d.Creds); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return invalid("--creds: %w", err)
	}
	return nil
}

func (d *running) openStore(ctx context.Context) (err error) {
	if d.clock, err = d.folder.clock(); err != nil {
		return err
	}
	d.store, err = sqlite.Open(ctx, sqlite.Config{Path: d.folder.store(), Reserve: d.Reserve, Clock: d.clock, Logger: d.Logger})
	if onevent.CodeOf(err) == onevent.CodeConflict {
		return onevent.Errorf(onevent.CodeConflict, "%s is in use: another onevent works on it", d.Data)
	}
	return err
}

// listen opens the listeners, so that ports are known; nobody is answered yet.
func (d *running) listen(context.Context) (err error) {
	if d.Listen != "" {
		if d.plain, err = listener.Open(d.Listen); err != nil {
			return err
		}
	}
	if d.TLSListen != "" {
		if d.tls, err = listener.Open(d.TLSListen); err != nil {
			return err
		}
		d.ca, err = localca.Open(d.folder.path("ca"))
	}
	return err
}

// caFile is empty without TLS.
func (d *running) caFile() string {
	if d.ca == nil {
		return ""
	}
	return absolute(d.ca.CertFile())
}

func port(l net.Listener) uint16 {
	if l == nil {
		return 0
	}
	return listener.Address(l).Port()
}

// self are the listeners that no handler's URL may reach. The echo handler's is
// none of them.
func (d *running) self() []netip.AddrPort {
	var out []netip.AddrPort
	for _, l := range []net.Listener{d.plain, d.tls} {
		if l != nil {
			out = append(out, listener.Address(l))
		}
	}
	return out
}

func (d *running) compose(ctx context.Context) error {
	ring, err := d.folder.ring()
	if err != nil {
		return err
	}
	if d.secrets, err = d.folder.secrets(); err != nil {
		return err
	}
	operatorSecret, err := d.operatorSecret()
	if err != nil {
		return err
	}
	roots, err := trusting(d.caFile())
	if err != nil {
		return err
	}
	self := d.self()
	d.screen = newScreen(d.Out, d.clock)
	d.server, err = server.New(ctx, server.Config{
		Store:             d.store,
		Ring:              ring,
		AdminToken:        onevent.Secret(d.secrets.AdminToken),
		Sites:             d.newSites,
		Clock:             d.clock,
		Logger:            d.Logger,
		Egress:            egress.Policy{Allow: append(loopback[:2:2], d.Allow...), Self: func() []netip.AddrPort { return self }},
		RootCAs:           roots,
		Version:           d.Version,
		AllowHTTPWebhooks: true,
		OpenSignIn:        true,
		Observe:           d.screen.observe,
		Tell:              func(e onevent.OperatorEvent) { d.screen.tell(e, d.server.Directory) },
		OperatorURL:       d.Operator,
		OperatorSecret:    operatorSecret,
		Delivery:          d.Delivery,
		Retention:         retention.Policy{Age: 24 * time.Hour, Size: 200 << 20},
	})
	return err
}

// operatorSecret is empty when operator events go nowhere.
func (d *running) operatorSecret() (onevent.Secret, error) {
	if d.Operator == "" {
		return "", nil
	}
	return d.folder.operatorSecret(d.secrets)
}

func (d *running) newSites(dir *directory.Directory) server.Sites {
	d.sites = &sites{hosts: hosts{d.Domain}, directory: dir, plain: port(d.plain), tls: port(d.tls)}
	return d.sites
}

// begin starts to deliver, makes what is missing, and answers from then on.
func (d *running) begin(ctx context.Context) error {
	if err := d.beginEcho(); err != nil {
		return err
	}
	if err := d.server.Start(ctx); err != nil {
		return err
	}
	s := &seeder{
		config: d.Config, folder: d.folder, secrets: d.secrets, clock: d.clock, store: d.store,
		server: d.server, sites: d.sites, echoURL: d.at,
	}
	err := s.seed(ctx)
	if errors.Is(err, onevent.ErrStorageFull) {
		return onevent.Errorf(onevent.CodeStorageFull, "%w; --reserve says how much of it stays free", err)
	}
	if err != nil {
		return err
	}
	if err := d.serve(); err != nil {
		return err
	}
	creds := s.creds(d.caFile())
	if err := creds.write(d.Creds); err != nil {
		return err
	}
	d.show(creds, s.bound)
	d.screen.begin()
	return nil
}

// beginEcho listens at the port of the last time when it is free, so that the
// echo handler's URL stays what it was.
func (d *running) beginEcho() error {
	if !d.Echo {
		return nil
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(d.secrets.EchoPort)})
	if err != nil {
		l, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	}
	if err != nil {
		return err
	}
	d.echo = &listener.Server{Handler: http.HandlerFunc(echo), Logger: d.Logger}
	d.echo.Serve(l, nil)
	d.at = "http://" + listener.Address(l).String() + "/"
	if d.secrets.EchoPort == port(l) {
		return nil
	}
	d.secrets.EchoPort = port(l)
	return d.folder.keep(d.secrets)
}

func (d *running) serve() error {
	d.web = &listener.Server{Handler: d.sites.only(d.server), Logger: d.Logger, Stopping: d.server.EndStreams}
	if d.plain != nil {
		d.web.Serve(d.plain, nil)
	}
	if d.tls == nil {
		return nil
	}
	// Names deeper than a wildcard reaches get certificates of their own.
	d.ca.Allow = d.sites.known
	config, err := d.ca.Config(d.sites.certificateNames())
	if err != nil {
		return err
	}
	d.web.Serve(d.tls, config)
	return nil
}

// end ends what runs in the order in which nothing is lost: no new requests, no
// new attempts, then what answers them, then the store.
func (d *running) end() error {
	d.endWeb()
	if d.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), endAttempts)
		d.server.Stop(ctx)
		cancel()
	}
	if d.echo != nil {
		d.echo.Stop(expired())
	}
	if d.screen != nil {
		d.screen.close()
	}
	if d.store == nil {
		return nil
	}
	return d.store.Close()
}

func (d *running) endWeb() {
	if d.web != nil {
		ctx, cancel := context.WithTimeout(context.Background(), endRequests)
		d.web.Stop(ctx)
		cancel()
	}
	for _, l := range []net.Listener{d.plain, d.tls} {
		if l != nil {
			l.Close() // closed already where the web server had it
		}
	}
}

// expired is a context that has ended: nothing is waited for.
func expired() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// Check reads the whole store in a folder and opens what is sealed in it.
func Check(ctx context.Context, c Config) error {
	d := &running{Config: c, folder: folder(c.Data)}
	if _, err := os.Stat(d.folder.store()); err != nil {
		return invalid("--data: there is no portal in %s: %w", c.Data, err)
	}
	if err := d.openStore(ctx); err != nil {
		return err
	}
	return errors.Join(d.check(ctx), d.store.Close())
}

func (d *running) check(ctx context.Context) error {
	ring, err := d.folder.ring()
	if err != nil {
		return err
	}
	if err := d.store.Check(ctx); err != nil {
		return err
	}
	if _, err := directory.Load(ctx, d.store, ring); err != nil {
		return onevent.Errorf(onevent.CodeDamaged, "%w", err)
	}
	return nil
}
