package wordpress

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"akin/infra/test/tools"
)

// The plugin keeps to WordPress's coding standards (2.1.0), documentation and
// security included; warnings count. The standards are older than PHP 8, whose
// warnings about them are left out.
func TestCodingStandards(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	standards := filepath.Join(root, ".cache/wordpress-standards")
	phpcs, err := exec.LookPath("phpcs")
	if _, gone := os.Stat(standards); errors.Join(err, gone) != nil {
		missing(t, "phpcs, or WordPress's standards for it,", "wordpress-standards.sh")
	}
	out, err := exec.Command("php", "-d", "error_reporting=1", phpcs, "--runtime-set", "installed_paths", standards, "--standard=WordPress",
		"--runtime-set", "minimum_supported_wp_version", "6.1", "--runtime-set", "text_domain", "akin-related", "--extensions=php", "--report=emacs",
		filepath.Join(root, "infra/wordpress/akin-related")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The plugin says what the widget says.
func TestWords(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(root, "infra/wordpress/akin-related/words.json"))
	widget, errWidget := os.ReadFile(filepath.Join(root, "infra/widget/words.json"))
	if err := errors.Join(err, errWidget); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(said, widget) {
		t.Error("infra/wordpress/akin-related/words.json differs from infra/widget/words.json; copy it")
	}
}
