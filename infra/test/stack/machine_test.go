package stack

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"akin/infra/test/tools"
)

func machine(t *testing.T) (path string, text []byte) {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(root, "infra", "reindex.asl.json")
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, text
}

func TestStateMachineIsValid(t *testing.T) {
	validator, err := tools.ASLValidator()
	if err != nil {
		t.Fatal(err)
	}
	path, text := machine(t)
	if out, err := exec.CommandContext(t.Context(), validator, "--json-path", path).CombinedOutput(); err != nil {
		t.Errorf("asl-validator: %v\n%s", err, out)
	}
	tools.Budget(t, "state machine: valid to asl-validator")
	broken := filepath.Join(t.TempDir(), "broken.asl.json")
	if err := os.WriteFile(broken, []byte(strings.ReplaceAll(string(text), `"Next": "Commit"`, `"Next": "Comit"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), validator, "--json-path", broken).CombinedOutput(); err == nil {
		t.Errorf("asl-validator passes a state that leads nowhere:\n%s", out)
	}
}

func TestStateMachine(t *testing.T) {
	_, text := machine(t)
	type state struct {
		Type, Resource, Next string
		MaxConcurrency       int
		ItemProcessor        struct {
			ProcessorConfig struct{ Mode string }
			States          map[string]struct {
				Resource string
				Retry    []any
			}
		}
		Parameters map[string]any
		Catch      []struct{ Next string }
		Retry      []any
		Tolerated  any `json:"ToleratedFailurePercentage"`
	}
	var m struct {
		StartAt string
		States  map[string]state
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	shards := m.States["Shards"]
	if m.StartAt != "Plan" || m.States["Plan"].Next != "Shards" || shards.Next != "Commit" {
		t.Error("the way is not plan, shards, commit")
	}
	if shards.ItemProcessor.ProcessorConfig.Mode != "DISTRIBUTED" || shards.MaxConcurrency < 1 || shards.MaxConcurrency > 100 {
		t.Errorf("shards run %s, %d at once", shards.ItemProcessor.ProcessorConfig.Mode, shards.MaxConcurrency)
	}
	if shards.Tolerated != nil {
		t.Error("a failed shard is tolerated")
	}
	for name, want := range map[string]string{"Plan": "plan", "Commit": "commit", "GiveUp": "fail"} {
		if got := m.States[name].Parameters["step"]; got != want {
			t.Errorf("%s runs step %v, want %s", name, got, want)
		}
		if len(m.States[name].Retry) == 0 {
			t.Errorf("%s gives up at the first hiccup", name)
		}
	}
	for _, name := range []string{"Shards", "Commit"} {
		if c := m.States[name].Catch; len(c) != 1 || c[0].Next != "GiveUp" {
			t.Errorf("a failure of %s does not mark the generation failed", name)
		}
	}
	if m.States["GiveUp"].Next != "Failed" || m.States["Failed"].Type != "Fail" {
		t.Error("a rebuild that failed does not end as a failure")
	}

	// Each placeholder is filled in, and each filling is used.
	given := template(t).Resources["Rebuild"].Properties["DefinitionSubstitutions"].(map[string]any)
	for _, p := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllSubmatch(text, -1) {
		if _, ok := given[string(p[1])]; !ok {
			t.Errorf("nothing fills in %s", p[0])
		}
	}
	for name := range given {
		if !strings.Contains(string(text), "${"+name+"}") {
			t.Errorf("nothing uses %s", name)
		}
	}
	want(t, template(t), "Rebuild", map[string]string{"StateMachineType": "STANDARD", "RoleArn": "RebuildRole.Arn", "TracingConfiguration.Enabled": "true"})
}
