// Package wordpress runs a real WordPress with a database of its own, on
// loopback and in a temporary folder, for tests. Its parts come from
// infra/test/install/wordpress.sh.
package wordpress

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"akin/infra/test/tools"
)

//go:embed content
var content embed.FS

// A Site is a WordPress that runs until its test ends.
type Site struct {
	Home string // address, "http://127.0.0.1:8123"
	here string // folder of this package
	env  []string

	content string // folder of plugins and themes
}

// Start makes a site of 300 posts, and more, and serves it. Where the parts are
// not there the test fails.
func Start(t *testing.T) *Site {
	t.Helper()
	project, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	here, root := filepath.Join(project, "infra/test/wordpress"), filepath.Join(project, ".cache/wordpress")
	for _, part := range []string{"/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db", "/usr/bin/my_print_defaults", filepath.Join(root, "wp-config.php")} {
		if _, err := os.Stat(part); err != nil {
			missing(t, part, "wordpress.sh")
		}
	}
	if _, err := exec.LookPath("php"); err != nil {
		missing(t, "php", "wordpress.sh")
	}
	dir, err := os.MkdirTemp("", "akin-wp-") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := unpack(filepath.Join(dir, "content")); err != nil {
		t.Fatal(err)
	}
	address := free(t)
	s := &Site{Home: "http://" + address, here: here, content: filepath.Join(dir, "content")}
	socket := filepath.Join(dir, "s")
	s.env = append(os.Environ(), "AKIN_WP_SOCKET="+socket, "AKIN_WP_HOME="+s.Home, "AKIN_WP_ROOT="+root, "AKIN_WP_CONTENT="+s.content)

	data := filepath.Join(dir, "db")
	run(t, exec.Command("/usr/bin/mariadb-install-db", "--no-defaults", "--user=root", "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"))
	serve(t, exec.Command("/usr/sbin/mariadbd", "--no-defaults", "--user=root", "--datadir="+data, "--socket="+socket, "--skip-networking",
		"--pid-file="+filepath.Join(dir, "pid"), "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"))
	wait(t, "the database", func() bool {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	s.PHP(t, "make.php")
	server := exec.Command("php", "-d", "opcache.enable_cli=1", "-q", "-S", address, "-t", root, filepath.Join(here, "router.php"))
	server.Env = s.env
	serve(t, server)
	wait(t, "WordPress", func() bool {
		resp, err := http.Get(s.Home + "/wp-json/")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	return s
}

// missing fails the test for want of a part.
func missing(t *testing.T, part, script string) {
	t.Helper()
	t.Fatalf("%s is missing; infra/test/install/%s installs it", part, script)
}

// PHP runs a script of this package and returns what it writes.
func (s *Site) PHP(t *testing.T, script string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("php", append([]string{"-d", "display_errors=stderr", filepath.Join(s.here, script)}, args...)...)
	cmd.Env = s.env
	return run(t, cmd)
}

func run(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(cmd.Path), err, stderr.Bytes(), out[:min(len(out), 2000)])
	}
	return out
}

// serve starts a server, and ends it with the test.
func serve(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		err := cmd.Wait()
		var exit *exec.ExitError
		if t.Failed() && (err == nil || errors.As(err, &exit)) {
			t.Logf("%s:\n%s", filepath.Base(cmd.Path), log.Bytes()[max(0, log.Len()-2000):])
		}
	})
}

// wait waits for a server for 30 s.
func wait(t *testing.T, what string, ready func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-tick.C {
		if ready() {
			return
		}
	}
	t.Fatalf("%s does not answer", what)
}

// free returns an address on loopback that nothing listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// unpack writes the site's own files.
func unpack(dir string) error {
	return fs.WalkDir(content, "content", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel("content", name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, below)
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := content.ReadFile(name)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		return os.WriteFile(to, b, 0o644)
	})
}
