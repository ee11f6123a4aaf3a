package wordpress

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/functions/akin"
	"akin/infra/feed/entry"
	"akin/infra/test/browser"
	"akin/infra/test/tools"
)

// runAkin in the environment has the test's own program be akin.
const runAkin = "AKIN_RUN_AS_AKIN"

const secret = "of a test, and long enough"

func TestMain(m *testing.M) {
	if os.Getenv(runAkin) != "" {
		akin.Main()
	}
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

// A real WordPress is started once for all that is tried on it.
func TestWordPress(t *testing.T) {
	site := Start(t)
	t.Run("ExportAndREST", func(t *testing.T) { exportAndREST(t, site) })
	t.Run("Plugin", func(t *testing.T) { plugin(t, site) })
}

// An akinServer is akin as the plugin meets it.
type akinServer struct {
	address string // "127.0.0.1:8123"
	store   string
	cmd     *exec.Cmd
}

func (a *akinServer) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], append(args, "--store", a.store)...)
	cmd.Env = append(os.Environ(), runAkin+"=1", "AKIN_TOKEN="+secret)
	cmd.Stderr = os.Stderr
	return cmd
}

func (a *akinServer) start(t *testing.T) {
	t.Helper()
	a.cmd = a.command("serve", "--addr", a.address)
	a.cmd.Stderr = nil
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait(t, "akin", func() bool {
		resp, err := http.Get("http://" + a.address + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
}

func (a *akinServer) stop(t *testing.T) {
	t.Helper()
	if a.cmd == nil {
		return
	}
	_ = a.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = a.cmd.Wait()                          // by that signal
	a.cmd = nil
}

// item returns an item as an editor sees it, and the status of the answer.
func (a *akinServer) item(t *testing.T, id string) (map[string]any, int) {
	t.Helper()
	var it map[string]any
	status := a.get(t, "/v1/items/"+id, &it)
	return it, status
}

func (a *akinServer) get(t *testing.T, path string, v any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return resp.StatusCode
}

// do runs PHP in the site, which returns a value.
func do[T any](t *testing.T, s *Site, code string) T {
	t.Helper()
	out := s.PHP(t, "do.php", code)
	var v T
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("%s: %v: %s", code, err, out)
	}
	return v
}

// page returns a page of the site, and how long it took.
func page(t *testing.T, address string) (string, time.Duration) {
	t.Helper()
	began := time.Now()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, resp.Status)
	}
	return string(b), time.Since(began)
}

// block returns the related list of a page, "" if it has none.
func block(page string) string {
	_, rest, _ := strings.Cut(page, `<aside class="akin-related`)
	list, _, _ := strings.Cut(rest, "</aside>")
	return list
}

// cron runs what is due.
func cron(t *testing.T, s *Site) {
	t.Helper()
	page(t, s.Home+"/wp-cron.php?doing_wp_cron")
}

// A hung server takes connections and says nothing.
func hang(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			if _, err := l.Accept(); err != nil { // kept open until the process ends
				return
			}
		}
	}()
	return l
}

func plugin(t *testing.T, s *Site) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(s.content, "plugins/akin-related"), os.DirFS(filepath.Join(root, "infra/wordpress/akin-related"))); err != nil {
		t.Fatal(err)
	}
	a := &akinServer{address: free(t), store: filepath.Join(t.TempDir(), "akin.db")}
	t.Cleanup(func() { a.stop(t) })
	run(t, a.command("import", s.Home+"/"))
	a.start(t)
	imported := a.items(t, s)

	do[any](t, s, `return activate_plugin('akin-related/akin-related.php');`)
	do[any](t, s, fmt.Sprintf(`update_option('akin_related_settings', ['address' => 'http://%s', 'token' => '%s', 'types' => ['post', 'page', 'recipe'], 'number' => 6, 'home' => preg_replace('~^https?://~', '', home_url())]); return 1;`, a.address, secret))
	t.Run("Texts", func(t *testing.T) { texts(t, s) })
	t.Run("Sync", func(t *testing.T) { syncs(t, s, a, imported) })
	t.Run("Publish", func(t *testing.T) { publishes(t, s) })
	t.Run("States", func(t *testing.T) { states(t, s) })
	t.Run("Rights", func(t *testing.T) { rights(t, s) })
	t.Run("Refused", func(t *testing.T) { refused(t, s) })
	t.Run("Languages", func(t *testing.T) { languages(t, s) })
	t.Run("Browser", func(t *testing.T) { looks(t, s) })
	t.Run("Away", func(t *testing.T) { away(t, s, a) })
	t.Run("Uninstall", func(t *testing.T) { uninstalls(t, s) })
}

// items returns all items of the site that akin has, by id, without their versions.
func (a *akinServer) items(t *testing.T, s *Site) map[string]any {
	t.Helper()
	all := map[string]any{}
	guids := do[[]string](t, s, `global $wpdb; return $wpdb->get_col("SELECT guid FROM $wpdb->posts WHERE post_type IN ('post', 'page', 'recipe', 'booking')");`)
	for _, guid := range guids {
		id := entryID(guid)
		if it, status := a.item(t, id); status == http.StatusOK {
			delete(it, "version")
			delete(it, "updatedAt")
			all[id] = it
		}
	}
	return all
}

// The plugin names works, and takes texts out of HTML, as akin's import does.
func texts(t *testing.T, s *Site) {
	given := []string{
		"https://example.org/?p=12", "https://example.org/?post_type=recipe&p=12", "HTTP://example.org/?p=12", "tag:example.org,2024:1", "plain-id_1.~", ".", "..", " a b ", "", "日本語",
		"https://example.org/" + strings.Repeat("größe-", 40), strings.Repeat("x", 200), strings.Repeat("x", 201), "https://example.org/a/../b/%E4%BD%A0/?x=1#y", "ftp://", "a://b://c",
		"<p>Salt &amp; pepper</p><p>Next</p>", "a<br>b<script>c < d</script>e", "<!-- wp:x -->f<style>g{}</style>", "1 &lt; 2 & 3 &nbsp;4", "h\n\ti\u00a0j", "<img alt='>' src=x>k", "5 < 6 > 4",
		strings.Repeat("wörter und, mehr; ", 40), strings.Repeat("ü", 400), strings.Repeat("a ", 10) + strings.Repeat("b", 600),
	}
	in, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	got := do[[][3]string](t, s, fmt.Sprintf(`return array_map(fn($s) => [Akin_Related_Text::id($s), Akin_Related_Text::plain($s), Akin_Related_Text::shorten($s, 500)], json_decode(%s, true));`, phpString(string(in))))
	for i, text := range given {
		if want := [3]string{entry.ID(text), entry.PlainText(text), entry.Shorten(text, 500)}; got[i] != want {
			t.Errorf("of %q come %q, want %q", text, got[i], want)
		}
	}
}

// phpString writes s as PHP has a string.
func phpString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// A sync after an import changes nothing: both name and describe the posts alike.
func syncs(t *testing.T, s *Site, a *akinServer, imported map[string]any) {
	out := do[[]string](t, s, `
		class WP_CLI {
			static $said = [];
			static function __callStatic($kind, $args) { self::$said[] = $kind . ': ' . $args[0]; }
		}
		require_once WP_PLUGIN_DIR . '/akin-related/includes/class-akin-related-command.php';
		$c = new Akin_Related_Command();
		$c->test();
		$c->sync();
		$c->status();
		return WP_CLI::$said;`)
	t.Log(strings.Join(out, "\n"))
	if diff := cmp.Diff(imported, a.items(t, s)); diff != "" {
		t.Errorf("items (-import +plugin):\n%s", diff)
	}
	if n := len(imported); n < 217 || !strings.Contains(strings.Join(out, "\n"), fmt.Sprintf("success: %d posts handed over, 0 refused", n)) {
		t.Errorf("%d items were imported; the sync says %q", n, out)
	}
}

// A publish, and then an edit, stand in another post's list as soon as akin has answered.
func publishes(t *testing.T, s *Site) {
	first := do[string](t, s, `return get_permalink(wp_insert_post(['post_title' => 'Otters of the mill race', 'post_status' => 'publish',
		'post_content' => 'Otters hunt crayfish in the mill race at dusk.']));`)
	if got, _ := page(t, first); strings.Contains(block(got), "Crayfish") || strings.Contains(got, "SECRET") {
		t.Fatalf("before the publish the list is %q", block(got))
	}
	second := do[int](t, s, `return wp_insert_post(['post_title' => 'Crayfish and otters', 'post_status' => 'publish',
		'post_content' => 'Where crayfish thrive in the mill race, otters hunt.']);`)
	shows(t, s, first, ">Crayfish and otters<")
	do[any](t, s, fmt.Sprintf(`return wp_update_post(['ID' => %d, 'post_title' => 'Dinner in the mill race', 'post_name' => 'dinner']);`, second))
	shows(t, s, first, `/dinner/">Dinner in the mill race<`)
}

// shows has the first page that is asked for show something in its list. On a busy
// machine akin may have been too slow for it; then a later one does.
func shows(t *testing.T, s *Site, address, want string) {
	t.Helper()
	asked := 0
	wait(t, fmt.Sprintf("a list with %q", want), func() bool {
		asked++
		got, took := page(t, address)
		if !strings.Contains(block(got), want) {
			cron(t, s)
			return false
		}
		t.Logf("page %d, after %v, shows %q", asked, took, want)
		return true
	})
}

// What a post becomes in WordPress, it becomes at akin, by the end of the request.
func states(t *testing.T, s *Site) {
	steps := []struct {
		does, code string
		status     int
	}{
		{"a draft", `wp_update_post(['ID' => $id, 'post_content' => 'Of matter.']);`, 404},
		{"published", `wp_publish_post($id);`, 200},
		{"back to draft", `wp_update_post(['ID' => $id, 'post_status' => 'draft']);`, 410},
		{"scheduled", `wp_update_post(['ID' => $id, 'post_status' => 'future', 'post_date' => '2099-01-01 00:00:00', 'post_date_gmt' => '2099-01-01 00:00:00', 'edit_date' => true]);`, 410},
		{"its time came", `$wpdb->update($wpdb->posts, ['post_date_gmt' => '2024-01-01 00:00:00', 'post_date' => '2024-01-01 00:00:00'], ['ID' => $id]); clean_post_cache($id); check_and_publish_future_post($id);`, 200},
		{"password set", `wp_update_post(['ID' => $id, 'post_password' => 'x']);`, 410},
		{"password taken off", `wp_update_post(['ID' => $id, 'post_password' => '']);`, 200},
		{"private", `wp_update_post(['ID' => $id, 'post_status' => 'private']);`, 410},
		{"public again", `wp_update_post(['ID' => $id, 'post_status' => 'publish']);`, 200},
		{"in the trash", `wp_trash_post($id);`, 410},
		{"out of it", `wp_untrash_post($id);`, 200},
		{"another slug", `wp_update_post(['ID' => $id, 'post_name' => 'moved']);`, 200},
		{"another category", `wp_set_post_categories($id, [get_category_by_slug('closed-files')->term_id]);`, 200},
		{"a category renamed", `wp_update_term(get_category_by_slug('closed-files')->term_id, 'category', ['name' => 'Open files', 'slug' => 'open-files']);`, 200},
		{"deleted", `wp_delete_post($id, true);`, 410},
	}
	code := `global $wpdb; $found = [];
		add_filter('wp_untrash_post_status', 'wp_untrash_post_set_previous_status', 10, 3);
		$id = wp_insert_post(['post_title' => 'A state', 'post_content' => 'Of other matter.', 'post_status' => 'draft']);
		$path = '/v1/items/' . Akin_Related_Item::id(get_post($id));
		$end = function () use ($path, &$found) {
			Akin_Related_Changes::end();
			Akin_Related_Sender::send(30);
			$a = Akin_Related_Client::ask('GET', $path);
			$it = is_wp_error($a) ? ['status' => Akin_Related_Client::status($a)] : $a['body'];
			$found[] = ['status' => (string) $it['status'], 'url' => $it['url'] ?? '', 'topics' => $it['topics'] ?? []];
		};
`
	for _, step := range steps {
		code += step.code + " $end();\n"
	}
	found := do[[]struct {
		Status, URL string
		Topics      []string
	}](t, s, code+`return $found;`)
	for i, step := range steps {
		got := found[i]
		status, known := map[string]int{"published": 200, "withdrawn": 410, "404": 404}[got.Status]
		if !known || status != step.status {
			t.Errorf("%s: akin has it as %s, want %d", step.does, got.Status, step.status)
		}
		if step.does == "another slug" && !strings.HasSuffix(got.URL, "/moved/") {
			t.Errorf("%s: akin has the address %v", step.does, got.URL)
		}
		if step.does == "another category" && !slices.Contains(got.Topics, "closed-files") || step.does == "a category renamed" && !slices.Contains(got.Topics, "open-files") {
			t.Errorf("%s: akin has the topics %v", step.does, got.Topics)
		}
	}
}

// Who may not edit a post is told nothing of it, and may not have anything done.
func rights(t *testing.T, s *Site) {
	got := do[map[string][]int](t, s, `
		$mine = get_page_by_path('lock-0', OBJECT, 'post')->ID;
		$found = [];
		$users = ['nobody' => 0];
		foreach (['subscriber', 'contributor', 'author', 'editor'] as $role) {
			$users[$role] = wp_insert_user(['user_login' => $role, 'user_pass' => wp_generate_password(), 'role' => $role]);
		}
		foreach ($users as $role => $id) {
			wp_set_current_user($id);
			foreach ([['POST', '/test', []], ['POST', '/sync', []], ['GET', "/posts/$mine", []], ['GET', "/posts/$mine/search", ['q' => 'lock']],
				['POST', "/posts/$mine/suggest", ['title' => 'A lock']], ['POST', "/posts/$mine/decide", ['action' => 'unpin', 'other' => 'x']],
				['GET', '/posts/999999', []]] as [$method, $path, $values]) {
				$r = new WP_REST_Request($method, '/akin-related/v1' . $path);
				foreach ($values as $k => $v) {
					$r->set_param($k, $v);
				}
				$found[$role][] = rest_do_request($r)->get_status();
			}
		}
		return $found;`)
	want := map[string][]int{
		"nobody":      {401, 401, 401, 401, 401, 401, 401},
		"subscriber":  {403, 403, 403, 403, 403, 403, 403},
		"contributor": {403, 403, 403, 403, 403, 403, 403},
		"author":      {403, 403, 403, 403, 403, 403, 403},
		"editor":      {403, 403, 200, 200, 200, 200, 403},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers to test, sync, list, search, suggest, decide, and the list of no post (-want +got):\n%s", diff)
	}
}

// A post that akin refuses keeps the others waiting for nothing, is named, and is tried
// again; a copy of the site at another address hands nothing over.
func refused(t *testing.T, s *Site) {
	got := do[[]string](t, s, `
		$bad = function ($item, $post) { return $post->post_title === 'A bad one' ? array_merge($item, ['date' => 'never']) : $item; };
		add_filter('akin_related_item', $bad, 10, 2);
		$id = wp_insert_post(['post_title' => 'A bad one', 'post_content' => 'Of some kind.', 'post_status' => 'publish']);
		$next = wp_insert_post(['post_title' => 'A good one', 'post_content' => 'Of some other kind.', 'post_status' => 'publish']);
		Akin_Related_Changes::end();
		Akin_Related_Sender::send(30);
		$row = Akin_Related_Table::row($id);
		$said = [$row->error, (string) Akin_Related_Table::row($next)->state, $row->due > time() + 5 ? 'later' : 'now'];
		remove_filter('akin_related_item', $bad, 10);
		wp_update_post(['ID' => $id, 'post_content' => 'Of a better kind.']);
		Akin_Related_Changes::end();
		Akin_Related_Sender::send(30);
		$row = Akin_Related_Table::row($id);
		$said[] = $row->error . $row->state;
		$elsewhere = fn() => 'https://staging.example.org';
		add_filter('option_home', $elsewhere, 20);
		wp_update_post(['ID' => $id, 'post_content' => 'Of a copied kind.']);
		Akin_Related_Changes::end();
		$said[] = (string) Akin_Related_Table::row($id)->changed;
		remove_filter('option_home', $elsewhere, 20);
		wp_delete_post($id, true);
		wp_delete_post($next, true);
		return $said;`)
	if want := []string{"1", "later", "1", "0"}; !strings.Contains(got[0], "date") || !slices.Equal(got[1:], want) {
		t.Errorf("of a post that is refused: %q, want a reason and %q", got, want)
	}
}

// A page in German shows German versions, each once.
func languages(t *testing.T, s *Site) {
	got, _ := page(t, s.Home+"/flut-67/")
	list := block(got)
	if !strings.Contains(list, ">Dazu passend</h2>") || !strings.Contains(list, ">Das ") || strings.Contains(list, `lang="de"`) {
		t.Errorf("the list of a German post is %q", list)
	}
	got, _ = page(t, s.Home+"/heron-66/")
	if list = block(got); strings.Contains(list, ">Das ") {
		t.Errorf("the list of its English version is %q", list)
	}
}

// While akin is away or hangs, pages show what they have at once, and changes wait;
// they arrive when it is back, each post as it is then.
func away(t *testing.T, s *Site, a *akinServer) {
	cron(t, s) // fetches the lists that no page has asked for
	want, _ := page(t, s.Home+"/wheel-2/")
	if block(want) == "" {
		t.Fatal("a page has no list to begin with")
	}
	do[any](t, s, `Akin_Related_Lists::outdate(); return 1;`)
	a.stop(t)
	hung := hang(t, a.address)
	got, took := page(t, s.Home+"/wheel-2/")
	if block(got) != block(want) || took > 4*time.Second {
		t.Errorf("while akin hangs a page takes %v, and its list is %q", took, block(got))
	}
	hung.Close()
	got, next := page(t, s.Home+"/wheel-22/")
	if block(got) == "" || next > 4*time.Second {
		t.Errorf("while akin is away a page takes %v, and its list is %q", next, block(got))
	}
	entries := regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(block(want), -1)
	guids := do[[]string](t, s, fmt.Sprintf(`
		[$lasts, $renamed, $gone] = [get_page_by_path('barge-39', OBJECT, 'post')->ID, url_to_postid('%s'), url_to_postid('%s')];
		$title = fn($id, $title) => wp_update_post(['ID' => $id, 'post_title' => $title]);
		$title($lasts, 'Not the last title');
		$title($renamed, 'Another title');
		$title($lasts, 'The last title');
		wp_trash_post($gone);
		Akin_Related_Changes::end();
		return array_merge(array_map(fn($id) => get_post($id)->guid, [$lasts, $renamed, $gone]), [(string) Akin_Related_Table::count()['waiting']]);`, entries[0][1], entries[1][1]))
	if guids[3] != "3" {
		t.Errorf("%s changes wait, want 3", guids[3])
	}
	got, _ = page(t, s.Home+"/wheel-2/")
	if list := block(got); !strings.Contains(list, ">Another title<") || strings.Contains(list, entries[1][1]) {
		t.Errorf("with %s renamed and %s gone while akin is away the list is %q", entries[0][1], entries[1][1], list)
	}
	a.start(t)
	tries := 0
	wait(t, "akin's answer to what waited", func() bool {
		if tries%20 == 0 {
			cron(t, s)
		}
		tries++
		it, _ := a.item(t, entryID(guids[2]))
		return it["status"] == "withdrawn"
	})
	for i, want := range []string{"The last title", "Another title"} {
		if it, status := a.item(t, entryID(guids[i])); it["title"] != want {
			t.Errorf("the edited post is %d %v, want %q", status, it["title"], want)
		}
	}
}

func uninstalls(t *testing.T, s *Site) {
	left := do[map[string]any](t, s, `
		deactivate_plugins('akin-related/akin-related.php');
		uninstall_plugin('akin-related/akin-related.php');
		global $wpdb;
		wp_cache_flush();
		return [
			'options' => $wpdb->get_col("SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%akin%'"),
			'tables' => $wpdb->get_col("SHOW TABLES LIKE '%akin%'"),
			'meta' => $wpdb->get_col("SELECT meta_key FROM $wpdb->termmeta WHERE meta_key LIKE '%akin%'"),
			'posts' => $wpdb->get_col("SELECT meta_key FROM $wpdb->postmeta WHERE meta_key LIKE '%akin%'"),
			'cron' => array_values(array_filter(array_keys(array_merge(...array_values(array_filter(_get_cron_array(), 'is_array')))), fn($hook) => strpos($hook, 'akin') !== false)),
		];`)
	want := map[string]any{"options": []any{}, "tables": []any{}, "meta": []any{}, "posts": []any{}, "cron": []any{}}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}
