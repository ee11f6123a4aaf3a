package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// maxExposure is how much of a machine a service may reach that is held in well, by
// systemd's own measure: 0 nothing, 10 all.
const maxExposure = 1.5

// Systemd finds nothing wrong with the unit, and rates how it is held in. Where
// there is no systemd, the unit still names the flags that akin has.
func TestUnit(t *testing.T) {
	b, err := os.ReadFile("akin.service")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "ExecStart=/usr/local/bin/akin serve --addr ") {
		t.Fatal("the unit does not start akin serve")
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal(err, "; infra/test/install/release-checkers.sh installs it")
	}
	// What it names is not installed here.
	unit := strings.Replace(string(b), "/usr/local/bin/akin", "/bin/sh", 1)
	unit = strings.Replace(unit, "Documentation=man:akin(1)\n", "", 1)
	file := filepath.Join(t.TempDir(), "akin.service")
	if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	out, err := exec.Command(analyze, "security", "--offline=true", file).CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze security: %v\n%s", err, out)
	}
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no exposure level in\n%s", out)
	}
	if level, err := strconv.ParseFloat(string(m[1]), 64); err != nil || level > maxExposure {
		t.Errorf("exposure level %s, want at most %v", m[1], maxExposure)
	}
}
