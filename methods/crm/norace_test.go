//go:build !race

package crm_test

const (
	modelRows     = 130
	modelRequests = 500
)
