package bench_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent/bench"
)

func TestAnEchoReadsAndWritesJSON(t *testing.T) {
	t.Parallel()
	url := serving(t, bench.RunEcho)
	for body, want := range map[string]string{
		`{"auth":"a"}`:          "200 {\"result\":1}\n",
		`{"auth":"a","id":[1]}`: "200 {\"result\":2}\n",
		`{"auth":`:              "400 no JSON object\n",
		`[]`:                    "400 no JSON object\n",
	} {
		answer, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if got := answer.Status[:4] + string(text); got != want {
			t.Errorf("%s: got %q", body, got)
		}
	}
}
