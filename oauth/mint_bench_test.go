package oauth_test

import (
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
)

// One token is minted for each attempt, and one is checked for each call.

func BenchmarkMint(b *testing.B) {
	p := testportal.Open(b)
	g := grantOf(p, testportal.User)
	g.Refresh = false
	b.ReportAllocs()
	for b.Loop() {
		p.Authority.Mint(g)
	}
}

func BenchmarkMintWithRefresh(b *testing.B) {
	p := testportal.Open(b)
	g := grantOf(p, testportal.User)
	b.ReportAllocs()
	for b.Loop() {
		p.Authority.Mint(g)
	}
}

func BenchmarkCheckToken(b *testing.B) {
	p := testportal.Open(b)
	token, portal := p.Token(testportal.User), p.Row()
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := p.Authority.CheckToken(portal, token); refusal != oauth.Granted {
			b.Fatal(refusal)
		}
	}
}

// One core is to mint and check 200,000 tokens a second, epochs included: run it
// with -cpu 1.
func BenchmarkMintAndCheck(b *testing.B) {
	p := testportal.Open(b)
	g, portal := grantOf(p, testportal.User), p.Row()
	g.Refresh = false
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := p.Authority.CheckToken(portal, p.Authority.Mint(g).Access); refusal != oauth.Granted {
			b.Fatal(refusal)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}
