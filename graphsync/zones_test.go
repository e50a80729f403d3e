package graphsync

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"calbridge/bridge/zone"
)

// Values as [MS-OXOCAL] lays them out, written by hand: Berlin's clocks, and
// clocks of 5:17 that nobody has.
var (
	berlinStruct = bytesOf(
		-60, 0, -60, // biases
		"00 00", "0000 0a00 0000 0500 0300 0000 0000 0000",
		"00 00", "0000 0300 0000 0500 0200 0000 0000 0000")
	oddStruct = bytesOf(
		-317, 0, -60,
		"00 00", "0000 0900 0100 0500 0100 1e00 0000 0000",
		"00 00", "0000 0400 0500 0200 1700 3b00 3b00 e703")
	pacificDefinition = bytesOf(
		"02 01", "3000", "0200", "1500", utf16Of("Pacific Standard Time"), "0100",
		"02 01 3e00 0200 d707", strings.Repeat("00 ", 14), 480, 0, -60,
		"0000 0b00 0000 0100 0200 0000 0000 0000", "0000 0300 0000 0200 0200 0000 0000 0000")
	namelessDefinition = bytesOf(
		"02 01", "2e00", "0200", "1400", utf16Of("Custom Time Zone #01"), "0200",
		"02 01 3e00 0000 4106", strings.Repeat("00 ", 14), 0, 0, 0, strings.Repeat("00 ", 32),
		"02 01 3e00 0300 e907", strings.Repeat("00 ", 14), -60, 0, -60,
		"0000 0a00 0000 0500 0300 0000 0000 0000", "0000 0300 0000 0500 0200 0000 0000 0000")
)

// bytesOf joins numbers of 32 bits and hex digits, in base64.
func bytesOf(parts ...any) string {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			v := uint32(int32(p))
			b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
		case string:
			digits := strings.ReplaceAll(p, " ", "")
			for i := 0; i < len(digits); i += 2 {
				b = append(b, hexDigit(digits[i])<<4|hexDigit(digits[i+1]))
			}
		}
	}
	return base64.StdEncoding.EncodeToString(b)
}

func hexDigit(c byte) byte { return byte(strings.IndexByte("0123456789abcdef", c)) }

func utf16Of(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		out.WriteByte("0123456789abcdef"[c>>4])
		out.WriteByte("0123456789abcdef"[c&15])
		out.WriteString("00")
	}
	return out.String()
}

// weeklyIn is a weekly master with the given labels and MAPI properties.
func weeklyIn(recurrence, start, end string, properties map[string]string) json.RawMessage {
	list := []map[string]string{}
	for id, value := range properties {
		list = append(list, map[string]string{"id": "Any {00062002-0000-0000-c000-000000000046} Id " + id, "value": value})
	}
	for _, p := range list {
		kind := "Binary"
		switch {
		case strings.HasSuffix(p["id"], "8234"):
			kind = "String"
		case strings.HasSuffix(p["id"], "8201"):
			kind = "Integer"
		}
		p["id"] = kind + strings.TrimPrefix(p["id"], "Any")
	}
	text, err := json.Marshal(map[string]any{
		"type": "seriesMaster", "originalStartTimeZone": start, "originalEndTimeZone": end, "singleValueExtendedProperties": list,
		"recurrence": map[string]any{
			"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []string{"thursday"}, "firstDayOfWeek": "sunday"},
			"range":   map[string]any{"type": "noEnd", "startDate": "2026-01-15", "recurrenceTimeZone": recurrence},
		},
	})
	if err != nil {
		panic(err)
	}
	return single(string(text))
}

// TestSeriesZone holds the order in which a series' zone is looked for.
func TestSeriesZone(t *testing.T) {
	const custom = "tzone://Microsoft/Custom"
	for _, c := range []struct {
		name                   string
		recurrence, start, end string
		properties             map[string]string
		home, want             string
	}{
		{"R2.2 the recurrence's first", "Tokyo Standard Time", "W. Europe Standard Time", "", nil, "", "Asia/Tokyo"},
		{"R2.2 empty, as attendees see it", "", "W. Europe Standard Time", "", nil, "", "Europe/Berlin"},
		{"R2.2 custom, then a name", custom, "W. Europe Standard Time", "", nil, "", "Europe/Berlin"},
		{"R2.2 the end's name", custom, custom, "Eastern Standard Time", nil, "", "America/New_York"},
		{"R2.2 UTC is a zone", "UTC", "UTC", "UTC", nil, "Europe/Berlin", "UTC"},
		{"R2.2 nothing", "", "", "", nil, "Europe/Berlin", ""},
		{"§8.4 custom, nothing told", custom, custom, custom, nil, "Europe/Berlin", ""},
		{"§8.4 a name in the description", custom, custom, custom, map[string]string{"0x8234": "Romance Standard Time", "0x8233": oddStruct}, "Europe/Berlin", "Europe/Paris"},
		{"§8.4 a name in the definition", custom, custom, custom, map[string]string{"0x8234": "Customized Time Zone", "0x8260": pacificDefinition}, "", "America/Los_Angeles"},
		{"§8.4 the rules of the definition in force", custom, custom, custom, map[string]string{"0x8260": namelessDefinition}, "Europe/Vienna", "Europe/Vienna"},
		{"§8.4 rules that the mailbox's zone keeps", custom, custom, custom, map[string]string{"0x8233": berlinStruct}, "Europe/Madrid", "Europe/Madrid"},
		{"§8.4 rules that another zone keeps", custom, custom, custom, map[string]string{"0x8233": berlinStruct}, "America/New_York", "Europe/Budapest"},
		{"§8.4 rules that nobody keeps", custom, custom, custom, map[string]string{"0x8233": oddStruct}, "Europe/Berlin", "Custom/+0517/+0617/4-2-5-2400/9-5-1-0130"},
		{"§8.4 rules beat the stale zone of creation", custom, "UTC", "UTC", map[string]string{"0x8233": berlinStruct}, "Europe/Berlin", "Europe/Berlin"},
		{"§8.4 Windows' other label", "Customized Time Zone", "", "", map[string]string{"0x8233": berlinStruct}, "Europe/Berlin", "Europe/Berlin"},
		{"§8.2 a name that nobody knows", "Mars Standard Time", "Mars Standard Time", "", map[string]string{"0x8233": berlinStruct}, "Europe/Berlin", "Europe/Berlin"},
		{"§8.4 nonsense in base64", custom, custom, custom, map[string]string{"0x8233": "AAAA", "0x8260": "AgEwAP////8="}, "Europe/Berlin", ""},
		{"§8.4 no base64", custom, custom, custom, map[string]string{"0x8233": "<>", "0x8260": "%%"}, "Europe/Berlin", ""},
	} {
		it, err := readItem(weeklyIn(c.recurrence, c.start, c.end, c.properties))
		if err != nil {
			t.Fatal(err)
		}
		it.home = c.home
		s, err := convertMaster(it, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if s.Zone != c.want {
			t.Errorf("%s: %q, want %q", c.name, s.Zone, c.want)
		}
	}
}

// TestCustomZoneOfASingle: §2.2 row 6, an instant needs no zone; that of the
// mailbox is as good as any.
func TestCustomZoneOfASingle(t *testing.T) {
	e := read(t, single(`{"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom",
		"singleValueExtendedProperties":[{"id":"Binary {00062002-0000-0000-c000-000000000046} Id 0x8233","value":"`+oddStruct+`"}]}`)).Master
	if e.StartZone != "" || !e.Start.Equal(instantAt("2026-01-15T11:00:00Z")) {
		t.Errorf("%v in %q", e.Start, e.StartZone)
	}
}

// TestSequence: §1.5, of the master, and of an instance that does not tell its
// own.
func TestSequence(t *testing.T) {
	for value, want := range map[string]int{"3": 3, "0": 0, "-1": 0, "": 0, "many": 0, "99999999999": 0} {
		it, err := readItem(weeklyIn("UTC", "UTC", "UTC", map[string]string{"0x8201": value}))
		if err != nil {
			t.Fatal(err)
		}
		x, err := readItem(json.RawMessage(`{"id":"x","type":"exception","seriesMasterId":"AAMk=","originalStart":"2026-01-22T11:00:00Z",
			"start":{"dateTime":"2026-01-22T12:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-22T13:00:00","timeZone":"UTC"}}`))
		if err != nil {
			t.Fatal(err)
		}
		s, err := convertMaster(it, []item{x}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.Master.Sequence != want || s.Overrides[0].Event.Sequence != want {
			t.Errorf("%q: %d, and of the instance %d, want %d", value, s.Master.Sequence, s.Overrides[0].Event.Sequence, want)
		}
	}
}

func FuzzZoneProperties(f *testing.F) {
	for _, s := range []string{berlinStruct, oddStruct, pacificDefinition, namelessDefinition} {
		data, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := base64.StdEncoding.EncodeToString(data)
		for _, read := range []func() (zone.Rules, bool){
			func() (zone.Rules, bool) { return readZoneStruct(text) },
			func() (zone.Rules, bool) { _, r, ok := readDefinition(text); return r, ok },
		} {
			if r, ok := read(); ok {
				name, ok := zone.Custom(r)
				if _, err := zone.Load(name); !ok || err != nil {
					t.Errorf("%+v: %q, %v", r, name, err)
				}
			}
		}
	})
}

func FuzzRecurBlob(f *testing.F) {
	f.Add([]byte{4, 0x30, 4, 0x30, 0xB, 0x20, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := blobReader{data: data}
		if deleted := r.pattern(); 4*len(deleted) > len(data) {
			t.Errorf("%d days in %d octets", len(deleted), len(data))
		}
		for n := r.short(); n > 0 && !r.failed; n-- {
			r.exception()
		}
	})
}
