package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profile begins a CPU profile of the server, if profiles are asked for; stop
// ends it.
func (s *server) profile(name string) (stop func() error, err error) {
	if s.b.Profiles == "" {
		return func() error { return nil }, nil
	}
	s.b.taken++
	path := filepath.Join(s.b.Profiles, fmt.Sprintf("%03d-%s.pprof", s.b.taken, name))
	return func() error { return s.write("") }, s.write(path)
}

// write tells the server where to write its next profile; "" ends one.
func (s *server) write(path string) error {
	var fault string
	if err := s.ask(path, &fault); err != nil || fault == "" {
		return err
	}
	return errors.New(fault)
}

// RunProfiles reads a path a line, as a JSON text, and writes a CPU profile of
// this process to each until the next; an empty one ends it. It answers each
// with an empty text or what is wrong, until in ends.
func RunProfiles(in io.Reader, out io.Writer) error {
	paths, answers := json.NewDecoder(in), json.NewEncoder(out)
	var file *os.File
	for {
		var path string
		if err := paths.Decode(&path); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		fault := ""
		if err := turn(&file, path); err != nil {
			fault = err.Error()
		}
		if err := answers.Encode(fault); err != nil {
			return err
		}
	}
}

func turn(file **os.File, path string) (err error) {
	if *file != nil {
		pprof.StopCPUProfile()
		err = (*file).Close()
		*file = nil
	}
	if path == "" || err != nil {
		return err
	}
	if *file, err = os.Create(path); err != nil {
		return err
	}
	return pprof.StartCPUProfile(*file)
}
