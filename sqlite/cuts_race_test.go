//go:build race

package sqlite_test

// defaultCuts is few: the race detector slows the engine down tenfold, and a
// cut opens a store that nobody shares.
const defaultCuts = 30
