package bench

import (
	"fmt"
	"slices"
)

func (p *portal) echoLoad(url string) Load {
	l := p.profileLoad()
	l.URL, l.Host, l.Want = url, "", `"result":1`
	return l
}

func (p *portal) profileLoad() Load {
	return p.restLoad("profile", `"result":{"ID":"1"`, p.params(nil))
}

func (p *portal) updateLoad() Load {
	return p.restLoad("crm.activity.update", `"result":true`, p.perActivity(func(id int) []byte {
		return p.params(map[string]any{"id": id, "fields": map[string]any{"SUBJECT": "Call back", "PRIORITY": 2}})
	})...)
}

func (p *portal) getLoad() Load {
	return p.restLoad("crm.activity.get", `"result":{"ID":`, p.perActivity(func(id int) []byte {
		return p.params(map[string]any{"id": id})
	})...)
}

func (p *portal) batchLoad() Load {
	var bodies [][]byte
	for ids := range slices.Chunk(p.activities, batchSize) {
		bodies = append(bodies, p.params(map[string]any{"halt": 0, "cmd": commands(ids)}))
	}
	l := p.restLoad("batch", `"result_error":[]`, bodies...)
	l.Array = batchSize
	return l
}

func commands(ids []int) (cmd []string) {
	for _, id := range ids {
		cmd = append(cmd, fmt.Sprintf("crm.activity.get?id=%d", id))
	}
	return cmd
}

func (p *portal) restLoad(method, want string, calls ...[]byte) Load {
	return Load{
		URL: p.restURL(method), Host: domain, Header: map[string]string{"Content-Type": "application/json"},
		Connections: restConnections, For: p.b.For, Calls: calls, Want: want,
	}
}

func (p *portal) perActivity(body func(id int) []byte) (all [][]byte) {
	for _, id := range p.activities {
		all = append(all, body(id))
	}
	return all
}
