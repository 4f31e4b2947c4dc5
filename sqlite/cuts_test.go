//go:build !race

package sqlite_test

// defaultCuts takes a few seconds; thousands can be asked for with -cuts.
const defaultCuts = 300
