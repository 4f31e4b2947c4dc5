package crm_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/testportal"
)

// activity is a row as crm.activity.get prints it, with its bindings.
type activity struct {
	id       int
	fields   map[string]*string
	bindings [][2]int // type and id
}

// model answers crm.activity.list from plain rows: what docs/protocol/rest.md
// section 7 says of filters, with no store and no query.
type model struct {
	rows []activity
	zone *time.Location
}

type condition struct {
	op, field string
	value     any
}

type request struct {
	conditions []condition
	order      [][2]string
	start      any // nil: absent
	user       int // 0: administrator
}

// Fields of each kind.
var (
	numberFields = []string{"ID", "OWNER_ID", "OWNER_TYPE_ID", "TYPE_ID", "ASSOCIATED_ENTITY_ID", "STATUS", "RESPONSIBLE_ID", "PRIORITY", "NOTIFY_TYPE",
		"NOTIFY_VALUE", "DESCRIPTION_TYPE", "DIRECTION", "AUTHOR_ID", "EDITOR_ID", "RESULT_STATUS", "RESULT_STREAM", "RESULT_MARK", "RESULT_VALUE",
		"RESULT_SUM", "AUTOCOMPLETE_RULE"}
	textFields = []string{"PROVIDER_ID", "PROVIDER_TYPE_ID", "PROVIDER_GROUP_ID", "SUBJECT", "DESCRIPTION", "LOCATION", "ORIGIN_ID", "ORIGINATOR_ID",
		"RESULT_SOURCE_ID", "PROVIDER_DATA", "RESULT_CURRENCY_ID"}
	dateFields = []string{"START_TIME", "END_TIME", "DEADLINE", "CREATED", "LAST_UPDATED"}
	charFields = []string{"COMPLETED", "IS_INCOMING_CHANNEL"}
	allFields  = slices.Concat(numberFields, textFields, dateFields, charFields)
	operators  = []string{"", "=", "!", "!=", ">", ">=", "<", "<=", "@", "!@", "%", "!%", "=%", "%=", "!=%", "!%="}
)

// Values that rows and filters are made of.
var (
	texts   = []string{"alpha", "Alpha", "alphabet", "beta", "Äpfel", "100%_a\\b", "10", "9", "0", "' OR 1=1 --", " x ", "\n"}
	numbers = []string{"0", "1", "2", "3", "15", "505", "-7", "9007199254740993", "9007199254740992", "9223372036854775807"}
	doubles = []string{"0", "1.5", "-2.25", "9.5", "10", "1000000000000"}
	dates   = []string{"2024-01-01T10:00:00+02:00", "2024-01-01T08:00:00Z", "2024-06-30", "30.06.2024 00:00:00", "2024-12-31T23:59:59-05:00", "1999-12-31", "2026-03-01T12:00:00Z"}
	odd     = []any{nil, "", true, false, "soon", "Y", "N", []any{}, "%", "_lpha", "%a%", `100\%%`, 3, 2.5, 9007199254740993, "1e1", " 9 "}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (m *model) isNumber(field string) bool { return slices.Contains(numberFields, field) }

func (m *model) isDate(field string) bool { return slices.Contains(dateFields, field) }

// held is a field as it is compared: a number, a moment or text.
func (m *model) held(a *activity, field string) (text string, null bool) {
	p := a.fields[field]
	if p == nil {
		return "", true
	}
	if m.isDate(field) {
		at, _ := time.Parse(time.RFC3339, *p)
		return at.UTC().Format("2006-01-02T15:04:05Z"), false
	}
	return *p, *p == ""
}

// asked is a value of a filter as text; false when it equals nothing.
func (m *model) asked(field string, v any) (string, bool) {
	var text string
	switch v := v.(type) {
	case nil:
	case bool:
		text = map[bool]string{true: "1", false: "0"}[v]
	case []any:
		return "", false
	default:
		text = fmt.Sprint(v)
	}
	switch {
	case text == "":
	case m.isNumber(field):
		text = strings.TrimSpace(text)
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			text = "0"
		}
	case m.isDate(field):
		for _, layout := range []string{time.RFC3339, "2006-01-02", "02.01.2006 15:04:05"} {
			if at, err := time.ParseInLocation(layout, text, m.zone); err == nil {
				return at.UTC().Format("2006-01-02T15:04:05Z"), true
			}
		}
		return "", false
	case slices.Contains(charFields, field):
		text = map[bool]string{true: "Y", false: "N"}[slices.Contains([]string{"1", "Y"}, text)]
	}
	return text, true
}

// compare orders two values of a field. What is absent is less than all else.
func (m *model) compare(field, a, b string) int {
	if !m.isNumber(field) || a == "" || b == "" {
		return cmp.Compare(a, b)
	}
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	f, _ := strconv.ParseFloat(a, 64)
	g, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(f, g)
}

// holds says whether a row fulfils a condition.
func (m *model) holds(a *activity, c condition) bool {
	if c.field == "BINDINGS" {
		return m.isBound(a, c)
	}
	field, _ := m.held(a, c.field)
	switch c.op {
	case "", "=", "@":
		return m.isOneOf(field, c)
	case "!", "!=", "!@":
		return !m.isOneOf(field, c)
	case "%", "!%", "=%", "%=", "!=%", "!%=":
		return m.isLike(field, c)
	}
	for _, v := range valuesOf(c.value) {
		value, ok := m.asked(c.field, v)
		if !ok {
			continue
		}
		sign := m.compare(c.field, field, value)
		return map[string]bool{">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0}[c.op]
	}
	return false
}

func valuesOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func (m *model) isOneOf(field string, c condition) bool {
	return slices.ContainsFunc(valuesOf(c.value), func(v any) bool {
		value, ok := m.asked(c.field, v)
		return ok && m.compare(c.field, field, value) == 0
	})
}

func (m *model) isLike(field string, c condition) bool {
	negated := strings.HasPrefix(c.op, "!")
	for _, v := range valuesOf(c.value) {
		pattern, ok := "", true
		switch v := v.(type) {
		case nil:
		case bool:
			pattern, _ = m.asked("SUBJECT", v)
		case []any:
			ok = false
		default:
			pattern = fmt.Sprint(v)
		}
		if !ok {
			continue
		}
		field, pattern = lowerASCII(field), lowerASCII(pattern)
		if strings.TrimLeft(c.op, "!") == "%" {
			return strings.Contains(field, pattern) != negated
		}
		return like([]rune(field), []rune(pattern)) != negated
	}
	return negated
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func like(text, pattern []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	switch pattern[0] {
	case '%':
		return like(text, pattern[1:]) || len(text) > 0 && like(text[1:], pattern)
	case '_':
		return len(text) > 0 && like(text[1:], pattern[1:])
	case '\\':
		pattern = pattern[1:]
	}
	return len(text) > 0 && len(pattern) > 0 && text[0] == pattern[0] && like(text[1:], pattern[1:])
}

func (m *model) isBound(a *activity, c condition) bool {
	bound := false
	for _, v := range c.value.([]any) {
		wanted := v.(map[string]int)
		typ, hasType := wanted["OWNER_TYPE_ID"]
		id, hasID := wanted["OWNER_ID"]
		bound = bound || slices.ContainsFunc(a.bindings, func(b [2]int) bool { return (!hasType || b[0] == typ) && (!hasID || b[1] == id) })
	}
	return bound != strings.HasPrefix(c.op, "!")
}

// list answers a request: the ids of the page, the count and the next offset.
func (m *model) list(q request) (ids []int, total, next int) {
	var found []activity
	for _, a := range m.rows {
		mine := q.user == 0 || *a.fields["AUTHOR_ID"] == strconv.Itoa(q.user) || *a.fields["RESPONSIBLE_ID"] == strconv.Itoa(q.user)
		if mine && !slices.ContainsFunc(q.conditions, func(c condition) bool { return !m.holds(&a, c) }) {
			found = append(found, a)
		}
	}
	m.sort(found, q.order)
	for _, a := range found {
		ids = append(ids, a.id)
	}
	start, _ := q.start.(int)
	page := ids[min(max(start, 0), len(ids)):]
	page = page[:min(50, len(page))]
	if start < 0 {
		return page, 0, 0
	}
	if start+50 < len(found) {
		next = start + 50
	}
	return page, len(found), next
}

func (m *model) sort(rows []activity, order [][2]string) {
	if len(order) == 0 {
		order = [][2]string{{"START_TIME", "ASC"}}
	}
	slices.SortStableFunc(rows, func(a, b activity) int {
		for _, by := range order {
			x, _ := m.held(&a, by[0])
			y, _ := m.held(&b, by[0])
			sign := m.compare(by[0], x, y)
			if strings.EqualFold(strings.TrimSpace(by[1]), "DESC") {
				sign = -sign
			}
			if sign != 0 {
				return sign
			}
		}
		return cmp.Compare(a.id, b.id)
	})
}

// randomFields are those of a new activity.
func randomFields(r *rand.Rand) map[string]any {
	in := map[string]any{"SUBJECT": pick(r, texts), "OWNER_TYPE_ID": pick(r, []int{1, 2, 3, 4, 128}), "OWNER_ID": pick(r, []int{1, 15, 150})}
	switch r.IntN(4) {
	case 0:
		in["TYPE_ID"], in["COMMUNICATIONS"] = 2, []any{map[string]any{"VALUE": "+49", "ENTITY_TYPE_ID": 3, "ENTITY_ID": pick(r, []int{1, 15})}}
	case 1:
		in["TYPE_ID"], in["COMMUNICATIONS"] = 4, []any{map[string]any{"VALUE": "a@b.c"}}
	default:
		in["PROVIDER_ID"] = pick(r, texts[:4])
	}
	for _, name := range slices.Concat(numberFields, textFields[1:], dateFields, charFields) {
		if in[name] == nil && r.IntN(3) == 0 && name != "TYPE_ID" {
			in[name] = randomInput(r, name)
		}
	}
	return in
}

func randomInput(r *rand.Rand, name string) any {
	switch {
	case name == "RESPONSIBLE_ID":
		return pick(r, []int{1, 2, 505})
	case name == "SUBJECT":
		return pick(r, texts)
	case name == "RESULT_VALUE" || name == "RESULT_SUM":
		return json.Number(pick(r, doubles))
	case slices.Contains(numberFields, name):
		return pick(r, numbers)
	case slices.Contains(dateFields, name):
		return pick(r, dates)
	case slices.Contains(charFields, name):
		return pick(r, []string{"Y", "N"})
	}
	return pick(r, append(texts, ""))
}

func randomCondition(r *rand.Rand) condition {
	if r.IntN(8) == 0 {
		return condition{pick(r, []string{"", "=", "@", "!", "!=", "!@"}), "BINDINGS", randomBindings(r)}
	}
	c := condition{pick(r, operators), pick(r, allFields), nil}
	if r.IntN(3) > 0 {
		c.value = randomValue(r, c.field)
		return c
	}
	list := []any{}
	for range r.IntN(4) {
		list = append(list, randomValue(r, c.field))
	}
	c.value = list
	return c
}

func randomValue(r *rand.Rand, field string) any {
	if r.IntN(6) == 0 {
		return pick(r, odd)
	}
	return randomInput(r, field)
}

func randomBindings(r *rand.Rand) []any {
	var out []any
	for range 1 + r.IntN(3) {
		item := map[string]int{}
		if part := r.IntN(3); part != 0 {
			item["OWNER_TYPE_ID"] = pick(r, []int{1, 3, 12})
		} else {
			item["OWNER_ID"] = pick(r, []int{1, 15, 50})
		}
		if r.IntN(2) == 0 {
			item["OWNER_ID"] = pick(r, []int{1, 15, 50})
		}
		out = append(out, item)
	}
	return out
}

func randomRequest(r *rand.Rand) request {
	q := request{user: pick(r, []int{0, 0, 2}), start: pick(r, []any{nil, nil, 0, 50, 100, 7, 49, 51, 100_000, -1, -20})}
	for range r.IntN(4) {
		q.conditions = append(q.conditions, randomCondition(r))
	}
	for range r.IntN(3) {
		field := pick(r, allFields)
		if !slices.ContainsFunc(q.order, func(o [2]string) bool { return o[0] == field }) {
			q.order = append(q.order, [2]string{field, pick(r, []string{"ASC", "DESC", "asc", "Desc"})})
		}
	}
	return q
}

// params spells a request as JSON, names in any letter case.
func (q request) params(r *rand.Rand) string {
	var filter, order []string
	for _, c := range q.conditions {
		value, _ := json.Marshal(c.value)
		filter = append(filter, fmt.Sprintf("%q:%s", c.op+pick(r, []string{c.field, strings.ToLower(c.field)}), value))
	}
	for _, o := range q.order {
		order = append(order, fmt.Sprintf("%q:%q", pick(r, []string{o[0], strings.ToLower(o[0])}), o[1]))
	}
	out := fmt.Sprintf(`{%q:{%s},%q:{%s},"select":["ID"]`, pick(r, []string{"filter", "FILTER", "Filter", "arFilter"}), strings.Join(filter, ","),
		pick(r, []string{"order", "ORDER", "Order", "arOrder"}), strings.Join(order, ","))
	if q.start != nil {
		out += fmt.Sprintf(`,"start":%v`, q.start)
	}
	return out + "}"
}

// isRepeated says that two conditions have one key, of which only the last is
// sent.
func (q request) isRepeated() bool {
	seen := map[string]bool{}
	for _, c := range q.conditions {
		if seen[c.op+c.field] {
			return true
		}
		seen[c.op+c.field] = true
	}
	return false
}

// fill makes activities by both users and reads them back.
func (b *bench) fill(t *testing.T, r *rand.Rand, count int) *model {
	t.Helper()
	m := &model{zone: time.FixedZone("", 0)}
	m.zone, _ = time.LoadLocation("Europe/Riga")
	for range count {
		in, _ := json.Marshal(randomFields(r))
		a := pick(r, []testportal.Caller{b.admin, b.user}).Call("crm.activity.add", `{"fields":`+string(in)+`}`)
		id, ok := a.Result().(float64)
		if !ok {
			t.Fatalf("add %s: %d %s", in, a.Status, a.Text)
		}
		m.rows = append(m.rows, b.read(t, int(id)))
		b.Clock.Advance(time.Duration(r.IntN(20)) * time.Second)
	}
	return m
}

func (b *bench) read(t *testing.T, id int) activity {
	t.Helper()
	a := activity{id: id, fields: map[string]*string{}}
	for name, v := range get(t, b.admin, strconv.Itoa(id)) {
		if text, ok := v.(string); ok {
			a.fields[name] = &text
		}
	}
	list := b.admin.Call("crm.activity.list", fmt.Sprintf(`{"filter":{"ID":%d},"select":["BINDINGS"]}`, id))
	for _, v := range list.Result().([]any)[0].(map[string]any)["BINDINGS"].([]any) {
		typ, _ := strconv.Atoi(v.(map[string]any)["OWNER_TYPE_ID"].(string))
		owner, _ := strconv.Atoi(v.(map[string]any)["OWNER_ID"].(string))
		a.bindings = append(a.bindings, [2]int{typ, owner})
	}
	return a
}

// docs/protocol/rest.md section 7. Every answer is that of the model: which rows,
// in which order, how many in all and where the next page begins.
func TestListAnswersAsTheModelDoes(t *testing.T) {
	b := open(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	m := b.fill(t, r, modelRows)
	found := 0
	for range modelRequests {
		q := randomRequest(r)
		if q.isRepeated() {
			continue
		}
		params := q.params(r)
		caller := b.admin
		if q.user != 0 {
			caller = b.user
		}
		want, total, next := m.list(q)
		found += len(want)
		a := caller.Call("crm.activity.list", params)
		got, _ := a.Body["total"].(float64)
		after, _ := a.Body["next"].(float64)
		if ids := idsOf(a); !slices.Equal(ids, want) || int(got) != total || int(after) != next {
			t.Fatalf("seed %d: user %d asked %s\ngot  %v of %v, next %v\nwant %v of %d, next %d", seed, q.user, params, ids, got, after, want, total, next)
		}
	}
	if found < modelRequests {
		t.Errorf("seed %d: %d rows found in all prove little", seed, found)
	}
}

func idsOf(a testportal.Answer) []int {
	var ids []int
	rows, ok := a.Result().([]any)
	if !ok {
		return []int{math.MinInt}
	}
	for _, row := range rows {
		id, _ := strconv.Atoi(row.(map[string]any)["ID"].(string))
		ids = append(ids, id)
	}
	return ids
}
