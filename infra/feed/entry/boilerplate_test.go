package entry

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	for in, want := range map[string]string{
		`<p>Two cranes came by barge. [&hellip;]</p><p>The post <a href="https://q.example/c">Cranes arrive</a> appeared first on <a href="https://q.example">Port News</a>.</p>`: "Two cranes came by barge.",
		`<p>New gates. <a href="https://q.example/l">Continue reading <span>Lock gates</span> &rarr;</a></p>`:                                                                     "New gates.",
		"Two cranes came. The post Cranes arrive first appeared on Port News.":                                                                                                    "Two cranes came.",
		"The two cranes that came by [...]":                                                         "The two cranes that came by…",
		"The two cranes that came by […] Read more":                                                 "The two cranes that came by…",
		"New gates, <a href='/l'>Read more about the lock</a>":                                      "New gates…",
		"New gates. Read more…":                                                                     "New gates.",
		"New gates… (more…)":                                                                        "New gates…",
		"<p>Neue Tore.</p>\n<p>Der Beitrag <a>Tore</a> erschien zuerst auf <a>Hafen</a>.</p>":       "Neue Tore.",
		"<p>Deux grues. L’article <a>Grues</a> est apparu en premier sur <a>Le Port</a>.</p>":       "Deux grues.",
		"<p>Dos grúas.</p><p>La entrada <a>Grúas</a> se publicó primero en <a>Puerto</a>.</p>":      "Dos grúas.",
		"<p>Due gru.</p><p>L'articolo <a>Gru</a> proviene da <a>Porto</a>.</p>":                     "Due gru.",
		"<p>Twee kranen.</p><p>Het bericht <a>Kranen</a> verscheen eerst op <a>Haven</a>.</p>":      "Twee kranen.",
		"<p>Dwa dźwigi.</p><p>Artykuł <a>Dźwigi</a> pochodzi z serwisu <a>Port</a>.</p>":            "Dwa dźwigi.",
		"<p>Два крана.</p><p>Сообщение <a>Краны</a> появились сначала на <a>Порт</a>.</p>":          "Два крана.",
		"<p>二台のクレーン。</p><p>投稿 <a>クレーン</a> は <a>港</a> に最初に表示されました。</p>":                              "二台のクレーン。",
		"<p>Dvije dizalice.</p><p>Objava <a>Dizalice</a> pojavila se prvi puta na <a>Luka</a>.</p>": "Dvije dizalice.",
		"<p>Два крана.</p><p>Публикацията <a>Кранове</a> се появи първо на <a>Пристанище</a>.</p>":  "Два крана.",
		"<p>Dva žeriavy.</p><p>Príspevok <a>Žeriavy</a> zobrazený najskôr <a>Prístav</a>.</p>":      "Dva žeriavy.",
		"<p>Dve dvigali.</p><p>Prispevek <a>Dvigali</a> se je pojavil najprej na <a>Luka</a>.</p>":  "Dve dvigali.",
		"<p>Két daru.</p><p>A(z) <a>Daruk</a> bejegyzés először <a>Kikötő</a>-én jelent meg.</p>":   "Két daru.",
		"<p>دو جرثقیل.</p><p>این نوشته <a>جرثقیل</a> اولین بار در <a>بندر</a> پدیدار شد.</p>":       "دو جرثقیل.",
		"<p>二台のクレーン。</p><p><a>クレーン</a>は<a>港</a>に最初に表示されました。</p>":                                    "二台のクレーン。",
		"<p>Två kranar.</p><p>Posten <a>Kranar</a> dök först upp på <a>Hamnen</a>.</p>":             "Två kranar.",
		"Two cranes. <p><em>This story was originally published by <a>Port News</a>.</em></p>":      "Two cranes.",
		"Zwei Kräne. <a href='/k'>Weiterlesen</a>":                                                  "Zwei Kräne.",
		"Deux grues. Lire la suite →":                                                               "Deux grues.",
		"二台のクレーン。投稿 クレーン は 港 に最初に表示されました。":                                                          "二台のクレーン。",
		"二台のクレーン。投稿 港。今日 は Port News に最初に表示されました。":                                                  "二台のクレーン。",
		"码头开放了。T 最先出现在 Port News。":                                                                  "码头开放了。",
		"碼頭開放了！〈碼頭〉這篇文章最早發佈於《港》。":                                                                   "碼頭開放了！",
		`<!-- SC_OFF --><div class="md"><p>Two cranes.</p></div><!-- SC_ON --> &#32; submitted by &#32; <a href="https://r.example/u"> /u/jane </a> <br/> <span><a href="x">[link]</a></span> &#32; <span><a href="y">[comments]</a></span>`: "Two cranes.",
		"Two cranes. submitted by /u/jane to r/ports [link] [comments]": "Two cranes.",
		`<p>Two cranes.</p><div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li><a>Click to share on X (Opens in new window)</a></li></ul></div><h3>Like this:</h3>Like Loading...`: "Two cranes.",
		"Two cranes. Share this: Twitter Facebook Like this: Like Loading...":                                                              "Two cranes.",
		"Zwei Kräne. Teilen mit: Twitter, Facebook, WhatsApp Gefällt mir: Gefällt mir Wird geladen …":                                      "Zwei Kräne.",
		"<p>Article URL: <a>https://x.example</a></p><p>Comments URL: <a>https://n.example/1</a></p><p>Points: 10</p><p># Comments: 2</p>": "",
		`<a href="https://news.ycombinator.com/item?id=1">Comments</a>`:                                                                    "",
		"Two cranes. View Entire Post ›": "Two cranes.",
		// what stays
		"The letter was submitted by /u/jane":                     "The letter was submitted by /u/jane",
		"Share this: a crane on Facebook is a crane.":             "Share this: a crane on Facebook is a crane.",
		"The town had two Comments":                               "The town had two Comments",
		"「埠頭が開いた。」と市長は言った。":                                       "「埠頭が開いた。」と市長は言った。",
		"The post at the lock appeared rotten on Monday.":         "The post at the lock appeared rotten on Monday.",
		"He told them to read more. It helped.":                   "He told them to read more. It helped.",
		"The quay. <a href='/x'>The lock keeper</a> was pleased.": "The quay. The lock keeper was pleased.",
		"They went on reading, and wanted more":                   "They went on reading, and wanted more",
		"As he said […], the quay stood.":                         "As he said […], the quay stood.",
		"A quay.":                                                 "A quay.",
		"":                                                        "",
		"[…]":                                                     "",
	} {
		if got := Excerpt(in); got != want {
			t.Errorf("Excerpt(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzTrimBoilerplate(f *testing.F) {
	f.Add("<p>Two cranes. [&hellip;]</p><p>The post <a>x</a> appeared first on y.</p>")
	f.Add(strings.Repeat("<a>Read more</a>", 500))
	f.Fuzz(func(t *testing.T, s string) {
		if got, _ := TrimBoilerplate(s); !strings.HasPrefix(s, got) {
			t.Errorf("TrimBoilerplate(%q) = %q", s, got)
		}
	})
}

// tailStarts must find what the expression that it stands for does.
func TestTailStartsAgreesWithPattern(t *testing.T) {
	pattern := regexp.MustCompile(`(?i)<(?:p|div|a|br|span|footer|hr)\b|[\[(]|[。！？]\s*|[.!?…\]»”"]\s+|\s{2,}|\n`)
	rng := rand.New(rand.NewPCG(3, 5))
	pieces := []string{"<p>", "<P class='x'>", "<pre>", "<br/>", "<a_b>", "<hr", "<FOOTER>", "<foot", "[", "]", "(", ". ", "? ", "…", "。", "” ", "\"\n", " ", "  ", "\n", "\t", "word", "é", "</p>", "<", "\xff", "1", "<a1>"}
	for range 20_000 {
		var b strings.Builder
		for range rng.IntN(12) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		s := b.String()
		var want []int
		for _, m := range pattern.FindAllStringIndex(s, -1) {
			at := m[0]
			if c := s[at]; c != '<' && c != '[' && c != '(' {
				at = m[1]
			}
			want = append(want, at)
		}
		if got := tailStarts(s); !slices.Equal(got, want) {
			t.Fatalf("tailStarts(%q) = %v, want %v", s, got, want)
		}
	}
}

// A text as long as a boilerplate may be takes no longer to be judged than to be read.
func BenchmarkTrimBoilerplate(b *testing.B) {
	s := strings.Repeat("The cranes of the old quay stand idle since the spring tide. ", 60)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		if _, trimmed := TrimBoilerplate(s); trimmed {
			b.Fatal("nothing was cut")
		}
	}
}
