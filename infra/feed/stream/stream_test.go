package stream

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func xmlRecords(in string) string {
	var got []string
	for r := range XML(iotest.OneByteReader(strings.NewReader(in)), "item", "a:b") {
		if r.Err != nil {
			got = append(got, fmt.Sprintf("%d %s: %v (%t)", r.Line, r.Name, r.Err, r.Cut))
			continue
		}
		open := ""
		if r.Open {
			open = " (open)"
		}
		got = append(got, fmt.Sprintf("%d %s%s", r.Line, r.Data, open))
	}
	return strings.Join(got, "|")
}

func TestXML(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"elements with lines", "<r>\n<item>1</item>\n<items/>\n<item x='y'>2</item></r>", "2 <item>1</item>|4 <item x='y'>2</item>"},
		{"of several names", "<r><a:b/><item><a:b>1</a:b></item></r>", "1 <a:b/>|1 <item><a:b>1</a:b></item>"},
		{"comments and CDATA are passed over", "<r><!-- <item> --><![CDATA[<item>]]><item><![CDATA[</item>]]></item></r>", "1 <item><![CDATA[</item>]]></item>"},
		{"one without an end costs itself", "<item>1\n<item>2</item>", "1 <item>1\n<item>2</item>"},
		{"a file that breaks off", "<item>1</item>\n<item>2", "1 <item>1</item>|2 item: " + ErrUnended.Error() + " (true)"},
		{"CDATA that does not end", "<item><![CDATA[1</item>\n<item>2</item>", "1 item: " + ErrUnended.Error() + " (false)|2 <item>2</item>"},
		{"CDATA that the next one's ends", "<item>\n<![CDATA[1</item>\n<item><![CDATA[2]]></item>", "1 <item>\n1</item> (open)|3 <item><![CDATA[2]]></item>"},
		{"CDATA that tells of elements", "<item><![CDATA[</item> <items> </item> x <item>]]></item>", "1 <item><![CDATA[</item> <items> </item> x <item>]]></item>"},
		{"nothing", "", ""},
	} {
		if got := xmlRecords(tt.in); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	el, fixed, err := Parse([]byte("<item a='1'><t>x &amp; &bomb; <b>y</b> <br> z\x0b</t><p:q><r>1</r><r>2</r></p:q></item>"))
	if err != nil || !fixed {
		t.Fatalf("fixed %t, error %v", fixed, err)
	}
	if got, want := strings.Join(strings.Fields(el.Get("t")), " "), "x & &bomb; y z"; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
	if got := el.Child("p:q").Get("r"); got != "1" || el.Attr["a"] != "1" {
		t.Errorf("r = %q, attributes %v", got, el.Attr)
	}
}

func TestJSON(t *testing.T) {
	want := func(path string, first byte) Want {
		switch {
		case path == "" || path == "w" || path == "deep":
			return Descend
		case path == "w.list" || path == "deep.x":
			return Each
		case path == "one":
			return Take
		}
		return Pass
	}
	for _, tt := range []struct{ in, want string }{
		{`{"w":{"list":[{"a":1},2]},"other":[1,{"list":[3]}],"one":{"x":[1]}}`, `w.list {"a":1}|w.list 2|one {"x":[1]}`},
		{"{\"one\":1}\n{\"one\":2}", `one 1|one 2`},
		{`{"deep":[[{"x":[1]}]]}`, `deep.x 1`},
		{"{\"w\":{\"list\":[{\"a\":\"b\"c\"},\n{\"a\":2}]}}", `w.list error|w.list {"a":2}`},
		{`{"w":{"list":[{"a":"b"c"},{"a":2},{"a":"3},{"a":4}]}}`, `w.list error|w.list {"a":2}|w.list error|w.list {"a":4}`},
		{`{"w":{"list":[1,`, `w.list 1| cut`},
	} {
		var got []string
		for r := range JSON(iotest.OneByteReader(strings.NewReader(tt.in)), want) {
			switch {
			case r.Cut:
				got = append(got, r.Name+" cut")
			case r.Err != nil:
				got = append(got, r.Name+" error")
			default:
				got = append(got, r.Name+" "+string(r.Data))
			}
		}
		if got := strings.Join(got, "|"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// What is right JSON comes out as it went in, wherever what is read at once ends.
func TestJSONAtEveryEdge(t *testing.T) {
	var in strings.Builder
	in.WriteString(`{"items":[`)
	for i := range 400 {
		if i > 0 {
			in.WriteString(", ")
		}
		fmt.Fprintf(&in, `{"n": %d, "text":"%s \"said\" },{ x" , "list": ["a" , "b"]}`, i, strings.Repeat("y", i%97))
	}
	in.WriteString(`]}`)
	for _, size := range []int{1, 7, 61, 500, 4096, 70_000} {
		n := 0
		for r := range JSON(&pieces{in.String(), size}, func(path string, _ byte) Want {
			if path == "" {
				return Descend
			}
			return Each
		}) {
			if r.Err != nil || !strings.HasPrefix(string(r.Data), fmt.Sprintf(`{"n": %d, "text":"%s \"`, n, strings.Repeat("y", n%97))) {
				t.Fatalf("in pieces of %d: record %d is %q, error %v", size, n, r.Data, r.Err)
			}
			n++
		}
		if n != 400 {
			t.Errorf("in pieces of %d: %d records", size, n)
		}
	}
}

// pieces are read some bytes at a time.
type pieces struct {
	rest string
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	n := copy(b[:min(len(b), p.size)], p.rest)
	if p.rest = p.rest[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestHold(t *testing.T) {
	var h Hold[string]
	long := strings.Repeat("x", 1<<20)
	for i := range 70 { // twice what stays in memory
		if err := h.Add(fmt.Sprint(i, long)); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	if _, err := h.Each(func(s string) bool {
		if s != fmt.Sprint(n, long) {
			t.Errorf("value %d is %.10q", n, s)
		}
		n++
		return true
	}); err != nil || n != 70 {
		t.Errorf("%d values, error %v", n, err)
	}
}
