package lifecycle

import (
	"cmp"
	"strings"

	"github.com/onevent/onevent"
)

// compareVersions compares two versions number by number, so that 2.10 comes after
// 2.9; a number that one lacks counts as 0. It is negative when a comes before b.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if order := compareNumbers(numberAt(x, i), numberAt(y, i)); order != 0 {
			return order
		}
	}
	return 0
}

func numberAt(parts []string, i int) string {
	if i < len(parts) {
		return strings.TrimLeft(parts[i], "0")
	}
	return ""
}

// compareNumbers compares digits without zeros before them, of any length.
func compareNumbers(a, b string) int {
	return cmp.Or(len(a)-len(b), strings.Compare(a, b))
}

// CheckMove refuses, with CodeConflict, an update to a version before the one that is
// installed; docs/protocol/app-lifecycle.md section 3.1.
func CheckMove(installed, version string) error {
	if compareVersions(version, installed) < 0 {
		return onevent.Errorf(onevent.CodeConflict,
			"version %s is installed: an update leads to a higher version, and %s is lower; uninstall the application to begin again with it", installed, version)
	}
	return nil
}
