package akin

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"akin/infra/feed"
)

// The help of import names the systems that are read.
func TestImportHelpNamesSystems(t *testing.T) {
	help := strings.Join(strings.Fields((importCommand{}).Help()), " ")
	for _, system := range feed.Systems() {
		if !strings.Contains(help, system) {
			t.Errorf("the help does not name %s", system)
		}
	}
}

// Ctrl-C ends an import between two batches: what is counted is stored, no more
// and no less, and importing again completes it.
func TestImportInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const items = 4000
	var lines bytes.Buffer
	for i := range items {
		fmt.Fprintf(&lines, `{"id":"w%d","title":"Work %d about harbour number %d","lang":"en","summary":"Cranes, pilots and tugs of the year %d."}`+"\n", i, i, i%97, 1000+i)
	}
	cmd := racedCommand(t.Context(), t, dir, "import", "-")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A pipe holds less than this, so the import is under way when it is sent,
	// and not at its end, since the pipe stays open.
	if _, err := io.Copy(in, bytes.NewReader(lines.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit status is looked at below
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(errs.String(), "akin: import: interrupted; ") {
		t.Fatalf("exit status %d, stderr %q", code, errs.String())
	}
	counted := regexp.MustCompile(`^stored (\d+), unchanged 0, stale 0, rejected 0\n$`).FindStringSubmatch(out.String())
	if counted == nil || len(counted[1]) > 1 && !strings.HasSuffix(counted[1], "000") {
		t.Fatalf("stdout %q, want whole batches stored", out.String())
	}

	if err := os.WriteFile(dir+"/all.jsonl", lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, told, code := akin(t, dir, "import", "all.jsonl")
	var stored, unchanged int
	if _, err := fmt.Sscanf(again, "stored %d, unchanged %d, stale 0, rejected 0\n", &stored, &unchanged); err != nil || code != 0 {
		t.Fatalf("%d %s %s", code, again, told)
	}
	if fmt.Sprint(unchanged) != counted[1] || stored+unchanged != items {
		t.Errorf("the second import says %q after %s were stored", again, counted[1])
	}
}
