package graphsync

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"calbridge/bridge"
	"calbridge/bridge/ics"
)

var update = flag.Bool("update", false, "write the worked examples of docs/mapping.md anew")

const gallery = "../docs/mapping.md"

// TestGallery: the worked examples of the documentation are what the program
// makes of them. With -update it writes them.
func TestGallery(t *testing.T) {
	data, err := os.ReadFile(gallery)
	if err != nil {
		t.Fatal(err)
	}
	text, made := string(data), strings.Builder{}
	examples := 0
	for {
		before, rest, ok := strings.Cut(text, "```json\n")
		if !ok {
			break
		}
		input, rest, _ := strings.Cut(rest, "```\n")
		between, rest, _ := strings.Cut(rest, "```ics\n")
		output, rest, _ := strings.Cut(rest, "```\n")
		want := example(t, input)
		if examples++; output != want && !*update {
			t.Errorf("example %d is\n%s\nand would be\n%s", examples, output, want)
		}
		made.WriteString(before + "```json\n" + input + "```\n" + between + "```ics\n" + want + "```\n")
		text = rest
	}
	if examples != 3 {
		t.Errorf("%d examples", examples)
	}
	if *update {
		if err := os.WriteFile(gallery, []byte(made.String()+text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// example renders the events of what Graph answers about one.
func example(t *testing.T, input string) string {
	t.Helper()
	it, err := readItem(json.RawMessage(input))
	if err != nil {
		t.Fatal(err)
	}
	var exceptions []item
	var cancelled []string
	if list := it.event.ExceptionOccurrences; list != nil {
		for _, raw := range *list {
			x, err := readItem(raw)
			if err != nil {
				t.Fatal(err)
			}
			exceptions = append(exceptions, x)
		}
	}
	if list := it.event.CancelledOccurrences; list != nil {
		cancelled = *list
	}
	s, err := convertMaster(it, exceptions, cancelled)
	if err != nil {
		t.Fatal(err)
	}
	s.UID = s.Claim
	obj, err := ics.Render(*s, bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036, Addresses: []string{"anna@contoso.example"}, Colors: map[string]string{"Team": "red"}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(ics.Events(&obj)), "\r\n", "\n")
}
