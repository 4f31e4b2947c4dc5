//go:build race

package crm_test

// The race detector slows the store down tenfold, and what the model proves is
// no matter of concurrency.
const (
	modelRows     = 60
	modelRequests = 50
)
