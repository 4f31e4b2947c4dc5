package sqlite_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// disk is what a folder's files hold after the power failed.
type disk map[string][]byte

// damage is how the writes fared that no sync had confirmed.
type damage int

const (
	damageDropped damage = iota // none reached the disk
	damageNone                  // all did
	damageTorn                  // some sectors of some did, in another order
	damages
)

// sector is what a disk writes whole or not at all.
const sector = 512

// afterPowerLoss replays the log up to the cut: all that came before a file's
// last sync is there, the rest is at the mercy of the damage.
func afterPowerLoss(before disk, log []op, how damage, random *rand.Rand) disk {
	durable := disk{}
	for name, content := range before {
		durable[name] = append([]byte{}, content...)
	}
	pending := map[string][]op{}
	for _, o := range log {
		switch o.kind {
		case opAck:
		case opSync:
			for _, p := range pending[o.file] {
				durable.apply(p)
			}
			delete(pending, o.file)
		default:
			pending[o.file] = append(pending[o.file], o)
		}
	}
	for _, ops := range pending {
		durable.damage(ops, how, random)
	}
	return durable
}

func (d disk) damage(ops []op, how damage, random *rand.Rand) {
	switch how {
	case damageNone:
		for _, o := range ops {
			d.apply(o)
		}
	case damageTorn:
		d.tear(ops, random)
	}
}

// tear applies a part of ops: names change in their order up to some point,
// what is written after the last such change in any order and by sectors.
func (d disk) tear(ops []op, random *rand.Rand) {
	start := 0
	for i, o := range ops {
		if o.kind != opCreate && o.kind != opDelete {
			continue
		}
		if random.IntN(2) == 0 {
			break
		}
		d.apply(o)
		start = i + 1
	}
	rest := append([]op{}, ops[start:]...)
	random.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	share := random.Float64()
	for _, o := range rest {
		switch {
		case o.kind == opWrite:
			d.tearWrite(o, share, random)
		case o.kind == opTruncate && random.Float64() < share:
			d.apply(o)
		}
	}
}

func (d disk) tearWrite(o op, share float64, random *rand.Rand) {
	for from := int64(0); from < int64(len(o.data)); {
		to := min(from+sector-(o.at+from)%sector, int64(len(o.data)))
		if random.Float64() < share {
			d.apply(op{kind: opWrite, file: o.file, at: o.at + from, data: o.data[from:to]})
		}
		from = to
	}
}

func (d disk) apply(o op) {
	content := d[o.file]
	switch o.kind {
	case opCreate:
		content = []byte{}
	case opWrite:
		content = resize(content, max(int64(len(content)), o.at+int64(len(o.data))))
		copy(content[o.at:], o.data)
	case opTruncate:
		content = resize(content, o.at)
	case opDelete:
		delete(d, o.file)
		return
	}
	d[o.file] = content
}

func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

// save writes the files into a new folder. What the engine keeps in the shared
// memory file is gone with the power.
func (d disk) save(t *testing.T, folder string) {
	t.Helper()
	for name, content := range d {
		if filepath.Ext(name) == ".db-shm" {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func load(t *testing.T, folder string) disk {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	d := disk{}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		d[e.Name()] = content
	}
	return d
}
