package artwork

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"akin/recommend"
	"akin/testdata"
)

var update = flag.Bool("update", false, "draw the pictures of the sample anew")

const (
	folder   = "../../../testdata/corpus/pictures"
	maxBytes = 1_500_000 // of all pictures, which the program carries
	minWorks = 120       // with pictures
)

// drawn returns what the sample's pictures must be, by file name: one for each
// work and topic whose image is at /pictures/.
func drawn(t *testing.T) map[string][]byte {
	t.Helper()
	want := map[string][]byte{}
	add := func(name string, image *recommend.Image, k Kind, draw func() []byte) {
		if image == nil || image.URL == "" {
			return
		}
		if image.URL != "/pictures/"+name+".svg" {
			t.Errorf("%s: image.url is %q", name, image.URL)
		}
		if w, h := k.Size(); image.Width != w || image.Height != h {
			t.Errorf("%s: image is %d x %d, drawn %d x %d", name, image.Width, image.Height, w, h)
		}
		if image.Alt == "" || image.Credit == "" {
			t.Errorf("%s: a picture without alt or credit", name)
		}
		want[name+".svg"] = draw()
	}
	items, err := testdata.Corpus.Open("corpus/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	works := bufio.NewScanner(items)
	works.Buffer(nil, 1<<20)
	for works.Scan() {
		if len(bytes.TrimSpace(works.Bytes())) == 0 {
			continue
		}
		it, err := recommend.DecodeItem(works.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if it.Image != nil {
			add(it.ID, it.Image, KindOf(it.Image.Alt, it.Types), func() []byte { return Draw(it) })
		}
	}
	if len(want) < minWorks {
		t.Errorf("%d works have pictures, want %d or more", len(want), minWorks)
	}
	b, err := testdata.Corpus.ReadFile("corpus/topics.json")
	if err != nil {
		t.Fatal(err)
	}
	var topics []json.RawMessage
	if err := json.Unmarshal(b, &topics); err != nil {
		t.Fatal(err)
	}
	for _, b := range topics {
		topic, err := recommend.DecodeTopic(b)
		if err != nil {
			t.Fatal(err)
		}
		add(topic.Slug, topic.Image, Scene, func() []byte { return DrawTopic(topic) })
	}
	return want
}

// The pictures in the sample are those that the package draws: all of them, no
// others, well-formed, and together no larger than the program should carry.
func TestPictures(t *testing.T) {
	want := drawn(t)
	if *update {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		for name, b := range want {
			if err := os.WriteFile(filepath.Join(folder, name), b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	total := 0
	for _, f := range files {
		names = append(names, f.Name())
		got, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		total += len(got)
		if !bytes.Equal(got, want[f.Name()]) {
			t.Errorf("%s is not what is drawn; run: make pictures", f.Name())
		}
		if err := wellFormed(got); err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
	if all := slices.Sorted(maps.Keys(want)); !slices.Equal(names, all) {
		t.Errorf("%d pictures in the folder, %d drawn; run: make pictures", len(names), len(all))
	}
	if total > maxBytes {
		t.Errorf("pictures have %d bytes, more than %d", total, maxBytes)
	}
}

func wellFormed(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		switch _, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// Works of the kinds that the sample has are drawn as what their texts say.
func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		alt, types string
		want       Kind
	}{
		{"Portada de Veinte años", "Reports", Cover},
		{"coverthumb_receipts_v2", "Policy Briefs", Cover},
		{"Podcast tile: Salt and Soil, episode 3", "Audio", Tile},
		{"A mayor speaks beside an hourglass.", "Video,Audio", Still},
		{"Trucks queue on a flyover above houses.", "Articles", Scene},
	} {
		if got := KindOf(tt.alt, strings.Split(tt.types, ",")); got != tt.want {
			t.Errorf("KindOf(%q, %q) = %d, want %d", tt.alt, tt.types, got, tt.want)
		}
	}
}
