package rest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
)

// docs/protocol/rest.md section 10.
func TestDatesInAllTheirForms(t *testing.T) {
	t.Parallel()
	riga, err := time.LoadLocation("Europe/Riga")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text, want string
		date       bool
	}{
		{"2024-12-11T17:59:30+02:00", "2024-12-11T15:59:30Z", false},
		{"2024-12-11T15:59:30Z", "2024-12-11T15:59:30Z", false},
		{"2024-12-11T15:59:30.5Z", "2024-12-11T15:59:30Z", false},
		{"2024-12-11 17:59:30 +0200", "2024-12-11T15:59:30Z", false},
		{"2024-12-11 17:59:30", "2024-12-11T15:59:30Z", false},
		{"2024-12-11T17:59", "2024-12-11T15:59:00Z", false},
		{" 2024-12-11 ", "2024-12-10T22:00:00Z", true},
		{"11.12.2024 17:59:30", "2024-12-11T15:59:30Z", false},
		{"11.12.2024", "2024-12-10T22:00:00Z", true},
		{"12/11/2024 05:59:00 pm", "2024-12-11T15:59:00Z", false},
		{"12/11/2024 05:59 PM", "2024-12-11T15:59:00Z", false},
		{"12/11/2024", "2024-12-10T22:00:00Z", true},
	} {
		m, ok := rest.ParseTime(tc.text, riga)
		if got := m.Time.UTC().Format("2006-01-02T15:04:05Z"); !ok || got != tc.want || m.Date != tc.date {
			t.Errorf("%q: %s %+v %v", tc.text, got, m, ok)
		}
	}
	for _, text := range []string{"", "soon", "2024-13-01", "31.02.2024", "0000-01-01", "9999-12-31T23:59:59-02:00", strings.Repeat("1", 1<<20), "2024"} {
		if m, ok := rest.ParseTime(text, riga); ok {
			t.Errorf("%.40q was read as %v", text, m.Time)
		}
	}
}

// docs/protocol/rest.md section 7.
func TestFilterOperators(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]onevent.Op{
		"F": onevent.OpEqual, "=F": onevent.OpEqual, "!F": onevent.OpNotEqual, "!=F": onevent.OpNotEqual,
		">F": onevent.OpGreater, ">=F": onevent.OpGreaterEqual, "<F": onevent.OpLess, "<=F": onevent.OpLessEqual,
		"@F": onevent.OpIn, "!@F": onevent.OpNotIn, "%F": onevent.OpContains, "!%F": onevent.OpNotContains,
		"=%F": onevent.OpLike, "%=F": onevent.OpLike, "!=%F": onevent.OpNotLike, "!%=F": onevent.OpNotLike,
	} {
		if op, field := rest.FilterKey(key); op != want || field != "F" {
			t.Errorf("%s: %s %s", key, op, field)
		}
		if op, field, err := rest.KnownFilterKey(key); op != want || field != "F" || err != nil {
			t.Errorf("%s: %s %s %v", key, op, field, err)
		}
	}
	for key, want := range map[string]string{
		"><F": "><", "==F": "==", "!!F": "!!", "~F": "~", "?F": "?", "*": "*", ">=<F": ">=<", "!%%F": "!%%",
	} {
		var refused *rest.Error
		_, _, err := rest.KnownFilterKey(key)
		if !errors.As(err, &refused) || refused.Code != "ERROR_ARGUMENT" || refused.Description != "Filter operation not allowed: "+want {
			t.Errorf("%s: %v", key, err)
		}
	}
}
