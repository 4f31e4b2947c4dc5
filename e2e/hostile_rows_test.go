package e2e_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/onevent/onevent/wire"
)

// What the server says of a request beyond a limit of docs/operations.md,
// section "Limits of a request".
var (
	tooManyKeys  = fmt.Sprintf(`"error":"ERROR_ARGUMENT","error_description":"the parameters exceed the limit of %d keys"`, wire.DefaultLimits.Keys)
	tooDeep      = fmt.Sprintf(`"error":"ERROR_ARGUMENT","error_description":"the parameters exceed the limit of %d depth"`, wire.DefaultLimits.Depth)
	tooLong      = fmt.Sprintf(`"error":"ERROR_ARGUMENT","error_description":"the parameters exceed the limit of %d bytes"`, wire.DefaultLimits.Bytes)
	answersLong  = fmt.Sprintf(`"error":"ERROR_ARGUMENT","error_description":"the answers of the batch exceed the limit of %d bytes"`, wire.DefaultLimits.Bytes)
	cmdKeysLong  = fmt.Sprintf("the keys of cmd exceed the limit of %d bytes", cmdKeyBytes)
	stateLong    = fmt.Sprintf("state exceeds the limit of %d bytes", stateBytes)
	noMethod     = `"error":"ERROR_METHOD_NOT_FOUND"`
	batchTooLong = `"error":"ERROR_BATCH_LENGTH_EXCEEDED"`
	notAllowed   = `"error":"ERROR_BATCH_METHOD_NOT_ALLOWED"`
	noID         = `"error_description":"ID is not defined or invalid."`
	noRow        = `"error_description":"Activity is not found."`
	profile      = `"ID":"1"`
	fiveEmpty    = `{"result":{"result":[],"result_error":[],"result_total":[],"result_next":[],"result_time":[]},"time":`
)

const mib = 1 << 20

func form(path, body string) request { return typed(path, "application/x-www-form-urlencoded", body) }

func asJSON(path, body string) request { return typed(path, "application/json", body) }

func typed(path, contentType, body string) request {
	return request{path: path, headers: []string{"Content-Type: " + contentType}, length: int64(len(body)),
		body: func() io.Reader { return strings.NewReader(body) }}
}

func get(path string) request { return request{method: "GET", path: path} }

// commands is a batch as clients send it: key, command, and so on.
func commands(pairs ...string) request {
	body := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		body.Set("cmd["+pairs[i]+"]", pairs[i+1])
	}
	return form("/rest/batch", body.Encode())
}

func numbered(n int, text func(i int) string) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(text(i))
	}
	return out.String()
}

func zipped(text string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	io.WriteString(z, text)
	z.Close()
	return out.String()
}

func (q request) with(headers ...string) request {
	q.headers = append(headers, q.headers...)
	return q
}

func hostileRows() []hostile {
	var all []hostile
	for _, group := range [][]hostile{batchRows(), keyRows(), textRows(), sizeRows(), pathRows(), typeRows(), v3Rows(), costRows()} {
		all = append(all, group...)
	}
	return all
}

func batchRows() []hostile {
	return []hostile{
		{name: "reference to nothing", request: commands("a", "profile?x=$result[none][a]"), status: 200, part: `"result":{"a":{` + profile},
		{name: "reference to itself", request: commands("a", "profile?x=$result[a]"), status: 200, part: `"result":{"a":{` + profile},
		{name: "reference forward", request: commands("a", "profile?x=$result[b]", "b", "profile"), status: 200, part: `"result_error":[]`},
		{name: "reference of a thousand brackets", request: commands("a", "profile", "b", "profile?x=$result[a]"+strings.Repeat("[ID]", 1000)), status: 200, part: `"result_error":[]`},
		{name: "reference with a thousand open brackets", request: commands("a", "profile", "b", "profile?x=$result"+strings.Repeat("[", 1000)), status: 200, part: `"result_error":[]`},
		{name: "a reference 700,000 times", request: commands("a", "profile", "b", "profile?x="+strings.Repeat("$result[a] ", 700_000)), status: 200,
			part: `"b":{` + tooManyKeys, memory: 800, cpu: 10 * time.Second},
		{name: "references that insert a large answer", request: commands("a", "crm.activity.get?id=1", "b", "profile?"+numbered(10_000, func(i int) string { return fmt.Sprintf("&k%d=$result[a]", i) })),
			status: 200, part: `"b":{` + tooLong},
		{name: "references in keys", request: commands("a", "profile", "b", "profile?$result[a][ID]=1&x[$result[a]=2&$result[a=3"), status: 200, part: `"result_error":[]`},
		{name: "51 commands", request: form("/rest/batch", numbered(51, func(i int) string { return fmt.Sprintf("&cmd[c%d]=profile", i) })), status: 200, part: `"result_error":{"c50":{` + batchTooLong},
		{name: "19,000 commands", request: form("/rest/batch", numbered(19_000, func(i int) string { return fmt.Sprintf("&cmd[c%d]=profile", i) })), status: 200, part: `"c18999":{` + batchTooLong, memory: 300},
		{name: "20,000 commands", request: form("/rest/batch", numbered(20_000, func(i int) string { return fmt.Sprintf("&cmd[c%d]=profile", i) })), status: 400, part: tooManyKeys},
		{name: "batch in batch", request: commands("a", "batch?cmd[b]=profile"), status: 200, part: `"a":{` + notAllowed},
		{name: "batch in batch in other letters", request: commands("a", "BaTcH?cmd[b]=profile"), status: 200, part: `"a":{` + notAllowed},
		{name: "cmd is a text", request: asJSON("/rest/batch", `{"cmd":"profile"}`), status: 200, part: fiveEmpty},
		{name: "cmd is a list", request: asJSON("/rest/batch", `{"cmd":["profile"]}`), status: 200, part: `"result":[{` + profile},
		{name: "cmd is nested", request: asJSON("/rest/batch", `{"cmd":{"a":{"b":"profile"},"c":["profile"],"d":null,"e":1e400}}`), status: 200, part: fiveEmpty},
		{name: "cmd is a number", request: asJSON("/rest/batch", `{"cmd":1e400}`), status: 200, part: fiveEmpty},
		{name: "cmd is empty", request: asJSON("/rest/batch", `{"cmd":""}`), status: 200, part: fiveEmpty},
		{name: "a command of U+0000", request: commands("a", "profile\x00", "b", "\x00"), status: 200, part: `"result":{"a":{` + profile},
		{name: "halt is odd", request: asJSON("/rest/batch", `{"halt":{"a":[1e400]},"cmd":["nobody","profile"]}`), status: 200, part: `"result":[]`},
	}
}

func keyRows() []hostile {
	hundredThousand := func(i int) string { return fmt.Sprintf("&k%d=1", i) }
	return []hostile{
		{name: "filter on no field", request: form("/rest/crm.activity.list", "filter[NO_SUCH_FIELD]=1"), status: 200, part: `"result":[`},
		{name: "filter with tabs in its key", request: form("/rest/crm.activity.list", "filter[%09ID%09]=1"), status: 200, part: `"result":[`},
		{name: "brackets that never close", request: form("/rest/profile", "a"+strings.Repeat("[", 100_000)+"=1"), status: 200, part: profile},
		{name: "brackets that close but never open", request: form("/rest/profile", "a"+strings.Repeat("]", 100_000)+"=1"), status: 200, part: profile},
		{name: "brackets a thousand deep", request: form("/rest/profile", "a"+strings.Repeat("[b]", 1000)+"=1"), status: 400, part: tooDeep},
		{name: "empty brackets a million deep", request: form("/rest/profile", "a"+strings.Repeat("[]", 1_000_000)+"=1"), status: 400, part: tooDeep},
		{name: "100,000 keys in a form", request: form("/rest/profile", numbered(100_000, hundredThousand)), status: 400, part: tooManyKeys},
		{name: "100,000 keys in JSON", request: asJSON("/rest/profile", `{"a":0`+numbered(100_000, func(i int) string { return fmt.Sprintf(`,"k%d":1`, i) })+`}`), status: 400, part: tooManyKeys},
		{name: "100,000 items in JSON", request: asJSON("/rest/profile", `[0`+strings.Repeat(",0", 100_000)+`]`), status: 400, part: tooManyKeys},
		{name: "duplicate keys in a form", request: form("/rest/crm.activity.get", "id=7&id[a]=7&id=x"), status: 400, part: noID},
		{name: "duplicate keys in JSON", request: asJSON("/rest/crm.activity.get", `{"id":7,"id":{"a":7},"id":"x"}`), status: 400, part: noID},
		{name: "one key a million times", request: form("/rest/profile", strings.Repeat("&a=1", 1_000_000)), status: 400, part: tooManyKeys},
		{name: "separators alone", request: form("/rest/profile", strings.Repeat("&", 1_000_000)), status: 200, part: profile},
		{name: "pairs without a key", request: form("/rest/profile", strings.Repeat("=&", 1_000_000)), status: 400, part: tooManyKeys},
		{name: "10,000 levels of JSON", request: asJSON("/rest/profile", strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), status: 400, part: tooDeep},
		{name: "10 million levels of JSON", request: asJSON("/rest/profile", strings.Repeat("[", 10_000_000)), status: 400, part: tooDeep, memory: 500, cpu: 4 * time.Second},
	}
}

func textRows() []hostile {
	return []hostile{
		{name: "NUL in the path", request: get("/rest/pro%00file"), status: 404, part: noMethod},
		{name: "raw NUL in the path", request: get("/rest/pro\x00file"), status: 400, part: "400 Bad Request"},
		{name: "NUL in the query", request: get("/rest/crm.activity.get?id=7%00"), status: 400, part: noRow},
		{name: "NUL in a form", request: form("/rest/crm.activity.get", "id=%007\x00"), status: 400, part: noRow},
		{name: "NUL in a key of a form", request: form("/rest/crm.activity.get", "id%00x=7"), status: 400, part: noRow},
		{name: "NUL in JSON", request: asJSON("/rest/crm.activity.get", `{"i\u0000d":"7\u0000"}`), status: 400, part: noRow},
		{name: "raw NUL in JSON", request: asJSON("/rest/crm.activity.get", "{\"id\":\"7\x00\"}"), status: 400, part: noID},
		{name: "no UTF-8 in the path", request: get("/rest/%ff%fe"), status: 404, part: noMethod},
		{name: "raw bytes in the path", request: get("/rest/\xff\xfe"), status: 404, part: noMethod},
		{name: "no UTF-8 in the query", request: get("/rest/crm.activity.get?id=%ff"), status: 400, part: noID},
		{name: "raw bytes in the query", request: get("/rest/crm.activity.get?id=\xff"), status: 400, part: noID},
		{name: "no UTF-8 in a form", request: form("/rest/crm.activity.get", "id=\xff%fe"), status: 400, part: noID},
		{name: "no UTF-8 in JSON", request: asJSON("/rest/crm.activity.get", "{\"id\":\"\xff\\ud800\"}"), status: 400, part: noID},
		{name: "no UTF-8 in a header", request: get("/rest/profile").with("Authorization: Bearer \xff\xfe"), status: 401, part: `"error":"invalid_token"`},
		{name: "NUL in a header", request: get("/rest/profile").with("X-Odd: a\x00b"), status: 400, part: "400 Bad Request"},
		{name: "a token of 200 kB", request: get("/rest/profile").with("Authorization: Bearer " + strings.Repeat("a", 200<<10)), status: 401, part: `"error":"invalid_token"`},
		{name: "a number beyond 2^53", request: asJSON("/rest/crm.activity.get", `{"id":9007199254740993}`), status: 400, part: noRow},
		{name: "a number beyond 2^63", request: asJSON("/rest/crm.activity.get", `{"id":9223372036854775808}`), status: 400, part: noID},
		{name: "1e400", request: asJSON("/rest/crm.activity.get", `{"id":1e400}`), status: 400, part: noID},
		{name: "a number of a million digits", request: asJSON("/rest/crm.activity.get", `{"id":`+strings.Repeat("9", 1_000_000)+`}`), status: 400, part: noID},
		{name: "an exponent of a million digits", request: asJSON("/rest/crm.activity.get", `{"id":1e`+strings.Repeat("9", 1_000_000)+`}`), status: 400, part: noID},
		{name: "start beyond all rows", request: asJSON("/rest/crm.activity.list", `{"start":9223372036854775807}`), status: 200, part: `"result":[]`},
		{name: "start is 1e400", request: asJSON("/rest/crm.activity.list", `{"start":1e400}`), status: 200, part: `"result":[`},
		{name: "start far below 0", request: asJSON("/rest/crm.activity.list", `{"start":-9223372036854775808}`), status: 200, part: `"total":0`},
		{name: "start is nested", request: asJSON("/rest/crm.activity.list", `{"start":[[1]]}`), status: 200, part: `"result":[`},
		{name: "XML of odd keys", request: form("/rest/batch.xml", "cmd[<a>]=profile&cmd[%26]=nobody&cmd[xml]=profile&cmd[%01]=profile"), status: 200, part: "<item><ID>1</ID>"},
	}
}

func sizeRows() []hostile {
	long := again("a", 100*mib)
	plain := []string{"Content-Type: application/x-www-form-urlencoded"}
	return []hostile{
		{name: "100 MB, declared", request: request{path: "/rest/profile", headers: plain, body: long, length: 100 * mib}, status: 413, part: tooLong},
		{name: "100 MB in chunks", request: request{path: "/rest/profile", headers: plain, body: long, unknown: true}, status: 413, part: tooLong, memory: 500, cpu: 4 * time.Second},
		{name: "100 MB undeclared", request: request{path: "/rest/profile", headers: plain, body: long, bare: true}, status: 200, part: profile},
		{name: "a body that never ends", request: request{path: "/rest/profile", headers: plain, body: again("a", 1<<50), unknown: true}, status: 413, part: tooLong, memory: 500, cpu: 4 * time.Second},
		{name: "16 MiB of one value", request: request{path: "/rest/profile", headers: plain, body: again("a", 16*mib), length: 16 * mib}, status: 200, part: profile, memory: 800, cpu: 4 * time.Second},
		{name: "a length and chunks", request: request{path: "/rest/profile", headers: []string{"Content-Length: 5"}, body: again("a", 5), unknown: true}, status: 200, part: profile},
		{name: "two lengths", request: request{path: "/rest/profile", headers: []string{"Content-Length: 6"}, body: again("a", 5), length: 5}, status: 400, part: ""},
		{name: "a negative length", request: request{path: "/rest/profile", headers: []string{"Content-Length: -1"}, body: again("a", 5), bare: true}, status: 400, part: ""},
		{name: "a request line of 1 MB", request: get("/rest/profile?a=" + strings.Repeat("a", mib)), status: 431, part: ""},
		{name: "a header of 2 MB", request: get("/rest/profile").with("X-Long: " + strings.Repeat("a", 2*mib)), status: 431, part: ""},
		{name: "headers without end", request: get("/rest/profile").with(strings.Repeat("X-Short: a\r\n", 200_000) + "X-Last: a"), status: 431, part: ""},
		{name: "a request line of 250 kB", request: get("/rest/profile?a=" + strings.Repeat("a", 250_000)), status: 200, part: profile},
		{name: "a request line of 300 kB", request: get("/rest/profile?a=" + strings.Repeat("a", 300_000)), status: 431, part: ""},
		{name: "a byte more than 16 MiB", request: request{path: "/rest/profile", headers: plain, body: again("a", 16*mib+1), length: 16*mib + 1}, status: 413, part: tooLong},
		{name: "a body that breaks off", request: request{path: "/rest/profile", headers: []string{"Content-Length: 5"}, body: again("a", 4), bare: true, ends: true}, status: 400, part: `"error":"ERROR_CORE"`},
	}
}

func pathRows() []hostile {
	return []hostile{
		{name: "a name in percent escapes", request: get("/rest/%70%72%6f%66%69%6c%65"), status: 200, part: profile},
		{name: "a name in escapes of escapes", request: get("/rest/%2570rofile"), status: 404, part: noMethod},
		{name: "a name with an escaped slash", request: get("/rest/profile%2F"), status: 404, part: noMethod},
		{name: "a path upwards", request: get("/rest/../../admin/v1/stats"), status: 404, part: ""},
		{name: "a path upwards in escapes", request: get("/rest/%2e%2e/%2e%2e/etc/passwd"), status: 404, part: ""},
		{name: "an escape that is none", request: get("/rest/%zz"), status: 400, part: ""},
		{name: "a name of 10 kB", request: get("/rest/" + strings.Repeat("a", 10_000)), status: 404, part: noMethod},
		{name: "100,000 slashes", request: get("/rest" + strings.Repeat("/", 100_000) + "profile"), status: 200, part: profile},
		{name: "100,000 segments", request: get("/rest" + strings.Repeat("/a", 100_000)), status: 404, part: noMethod},
		{name: "a name of dots", request: get("/rest/........"), status: 404, part: noMethod},
		{name: "a verb of 10 kB", request: request{method: strings.Repeat("A", 10_000), path: "/rest/profile"}, status: 200, part: profile},
		{name: "a webhook of 100 kB", request: get("/rest/1/" + strings.Repeat("a", 100_000) + "/profile").with("Authorization: none"), status: 401, part: `"error":"INVALID_CREDENTIALS"`},
		{name: "another host", request: get("http://other.example.com/rest/profile"), status: 421, part: ""},
	}
}

func typeRows() []hostile {
	multi := func(boundary, body string) request {
		return typed("/rest/crm.activity.get", "multipart/form-data; boundary="+boundary, body)
	}
	part := "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
	return []hostile{
		{name: "JSON that says it is a form", request: form("/rest/crm.activity.get", `{"id":7}`), status: 400, part: noID},
		{name: "a form that says it is JSON", request: asJSON("/rest/crm.activity.get", "id=7"), status: 400, part: noID},
		{name: "a form that says it is multipart", request: multi("b", "id=7"), status: 400, part: noID},
		{name: "a content type of 100 kB", request: typed("/rest/crm.activity.get", strings.Repeat("a", 100_000), "id=7"), status: 400, part: noRow},
		{name: "a content type of 10,000 parameters", request: typed("/rest/crm.activity.get", "text/plain"+numbered(10_000, func(i int) string { return fmt.Sprintf(";p%d=1", i) }), "id=7"), status: 400, part: noRow},
		{name: "multipart without a boundary", request: typed("/rest/crm.activity.get", "multipart/form-data", part), status: 400, part: noID},
		{name: "multipart with a boundary of 100 kB", request: multi(strings.Repeat("b", 100_000), part), status: 400, part: noID},
		{name: "multipart that is never closed", request: multi("b", "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n7"), status: 400, part: noID},
		{name: "multipart of 30,000 parts", request: multi("b", strings.Repeat(part, 30_000)+"--b--"), status: 400, part: tooManyKeys, cpu: 4 * time.Second},
		{name: "multipart of as many parts as fit", request: multi("b", strings.Repeat(part, 16*mib/len(part)-1)+"--b--"), status: 400, part: tooManyKeys, memory: 500, cpu: 5 * time.Second},
		{name: "multipart of as many empty parts as fit", request: multi("b", strings.Repeat("--b\r\n\r\n\r\n", 16*mib/9-1)+"--b--"), status: 400, part: tooManyKeys, memory: 400, cpu: 5 * time.Second},
		{name: "multipart headers without end", request: multi("b", "--b\r\n"+strings.Repeat("A: b\r\n", 16*mib/6-2)), status: 400, part: noID, memory: 600, cpu: 4 * time.Second},
		{name: "multipart with one header of 16 MiB", request: multi("b", "--b\r\nA: "+strings.Repeat("b", 16*mib-10)), status: 400, part: noID, memory: 600, cpu: 4 * time.Second},
		{name: "multipart of one value that grows by its escapes", request: multi("b", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"+strings.Repeat("\xff&", 8*mib-100)+"\r\n--b--"), status: 400, part: noID, memory: 1400, cpu: 10 * time.Second},
		{name: "a gzipped body", request: asJSON("/rest/crm.activity.get", zipped(`{"id":7}`)).with("Content-Encoding: gzip"), status: 400, part: noID},
		{name: "a gzipped body of 1 GB", request: form("/rest/crm.activity.get", zipped(strings.Repeat("a=1&", 64*mib))).with("Content-Encoding: gzip"), status: 400, part: noID},
	}
}

func v3Rows() []hostile {
	entries := func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"method":"profile"},`, n), ",") + "]"
	}
	return []hostile{
		{name: "3.0: invalid JSON", request: asJSON("/rest/api/profile", "{"), status: 400, part: "INVALIDJSONEXCEPTION"},
		{name: "3.0: a list of scalars", request: asJSON("/rest/api/batch", `[1,"profile",null,[1]]`), status: 200, part: `"result":[]`},
		{name: "3.0: 51 entries", request: asJSON("/rest/api/batch", entries(51)), status: 400, part: `"code":"ERROR_BATCH_LENGTH_EXCEEDED"`},
		{name: "3.0: batch in batch", request: asJSON("/rest/api/batch", `[{"method":"batch"}]`), status: 405, part: `"code":"ERROR_BATCH_METHOD_NOT_ALLOWED"`},
		{name: "3.0: a reference to itself", request: asJSON("/rest/api/batch", `[{"method":"profile","as":"a","query":{"x":{"$ref":"a.profile"}}}]`), status: 400, part: "leads to nothing"},
		{name: "3.0: references in a circle", request: asJSON("/rest/api/batch", `[{"method":"profile","as":"a","query":{"x":{"$ref":"b.profile"}}},{"method":"profile","as":"b","query":{"x":{"$ref":"a.profile"}}}]`), status: 400, part: "leads to nothing"},
		{name: "3.0: a reference of dots", request: asJSON("/rest/api/batch", `[{"method":"profile","query":{"x":{"$ref":"`+strings.Repeat(".", 15*mib)+`"}}}]`), status: 400, part: "leads to nothing", memory: 600, cpu: 4 * time.Second},
		{name: "3.0: 4,000 references to a large answer", request: asJSON("/rest/api/batch", `[{"method":"profile","as":"a"},{"method":"profile","query":[`+strings.TrimSuffix(strings.Repeat(`{"$ref":"a.profile"},`, 4_000), ",")+`]}]`), status: 400, part: "keys"},
		{name: "3.0: an entry without a method", request: asJSON("/rest/api/batch", `[{}]`), status: 404, part: "METHODNOTFOUNDEXCEPTION"},
		{name: "3.0: a query that is no map", request: asJSON("/rest/api/batch", `[{"method":"profile","query":1e400},{"method":"profile","query":"x"}]`), status: 200, part: `"result":[{"profile"`},
	}
}

// costRows are small or common in form, but ask for much work.
func costRows() []hostile {
	sdkKeys := numbered(19_000, func(i int) string { return fmt.Sprintf("&bx24_%d=1", i) })
	batchText := func(n int, command string) string {
		text := "=" + url.QueryEscape(command)
		return numbered(n, func(i int) string { return fmt.Sprintf("&cmd[c%d]%s", i, text) })
	}
	batchOf := func(n int, command string) request { return form("/rest/batch", batchText(n, command)) }
	return []hostile{
		{name: "19,000 keys of SDKs", request: form("/rest/profile", sdkKeys), status: 200, part: profile},
		{name: "50 commands with 10,000 keys of SDKs", request: batchOf(50, "profile?"+numbered(10_000, func(i int) string { return fmt.Sprintf("&bx24_%d", i) })), status: 200, part: `"result_error":[]`, memory: 700, cpu: 10 * time.Second},
		{name: "50 commands of 8,000 references", request: batchOf(50, "profile?"+numbered(8_000, func(i int) string { return fmt.Sprintf("&%d=$result[c0][ID]", i) })), status: 200, part: `"result_error":[]`, memory: 700, cpu: 10 * time.Second},
		{name: "49 commands that insert 16 MB each", request: form("/rest/batch", "cmd[a]=crm.activity.get%3Fid=1"+batchText(49, "crm.activity.add?fields[SUBJECT]="+strings.Repeat("$result[a][DESCRIPTION] ", 80))),
			status: 200, part: `"c1":{` + tooLong, memory: 700, cpu: 8 * time.Second},
		{name: "keys that grow in the answer", request: request{path: "/rest/batch", headers: []string{"Content-Type: application/x-www-form-urlencoded"}, length: 15 * mib,
			body: func() io.Reader {
				return io.LimitReader(io.MultiReader(strings.NewReader("cmd[c"), again("\x01", 15*mib-14)(), strings.NewReader("]=profile")), 15*mib)
			}}, status: 413, part: cmdKeysLong, memory: 600, cpu: 4 * time.Second},
		{name: "keys of cmd at their limit", request: form("/rest/batch", "cmd["+strings.Repeat("k", cmdKeyBytes)+"]=nobody"), status: 200, part: noMethod, memory: 200},
		{name: "keys of cmd beyond it", request: form("/rest/batch", "cmd["+strings.Repeat("k", cmdKeyBytes+1)+"]=nobody"), status: 413, part: cmdKeysLong},
		{name: "state at its limit", request: form("/rest/profile", "state="+strings.Repeat("s", stateBytes)), status: 200, part: profile},
		{name: "state beyond it", request: form("/rest/profile", "state="+strings.Repeat("s", stateBytes+1)), status: 400, part: stateLong},
		{name: "state of 15 MiB", request: form("/rest/profile", "state="+strings.Repeat("\x01", 15*mib)), status: 400, part: stateLong, memory: 600, cpu: 4 * time.Second},
	}
}
