package entry

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// TrimBoilerplate returns s, which may be HTML, without what a publishing
// system puts behind every text: "The post … appeared first on …", "Continue
// reading", "[…]", in some thirty languages. It says whether there was any.
func TrimBoilerplate(s string) (text string, trimmed bool) {
	const most = 4000 // bytes at the end that are looked at
	for range 8 {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
		tail := max(0, len(s)-most)
		for tail < len(s) && !utf8.RuneStart(s[tail]) {
			tail++
		}
		at := addedAt(s, tail)
		if at >= 0 {
			s, trimmed = s[:at], true
			continue
		}
		starts := tailStarts(s[tail:])
		long := false // what is longer still is none either
		for i := len(starts) - 1; i >= max(0, len(starts)-60) && !long; i-- {
			from := tail + starts[i]
			plain := PlainText(s[from:])
			if long = len(plain) > maxBoilerplate; !long && isBoilerplate(s[from:], plain) {
				at = from
				break
			}
		}
		if at < 0 && tail == 0 && !long && isBoilerplate(s, PlainText(s)) {
			at = 0
		}
		if at < 0 {
			break
		}
		s, trimmed = s[:at], true
	}
	return s, trimmed
}

// Bytes of the text of a boilerplate: of any, of a link that says what to read on
// about, and of one that only says to read on.
const (
	maxBoilerplate = 1500
	maxReadOn      = 300
	maxGoOn        = 200
)

// tailStarts returns where in s a boilerplate may begin: at a tag, a bracket, the
// beginning of a sentence, behind a gap or a line's end. It is written by hand as
// every text of an import passes here.
func tailStarts(s string) []int {
	var starts []int
	for i := 0; i < len(s); {
		if s[i] == '<' && blockTag(s[i+1:]) || s[i] == '[' || s[i] == '(' {
			starts = append(starts, i)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		gap := i
		ends := strings.ContainsRune(".!?…。！？]»”\"", r)
		if ends {
			gap += size
		}
		full := ends && strings.ContainsRune("。！？", r) // which no gap follows
		end := gap
		for end < len(s) && strings.IndexByte(" \t\n\f\r", s[end]) >= 0 {
			end++
		}
		if full || ends && end > gap || end > gap+1 || end == gap+1 && s[gap] == '\n' {
			starts = append(starts, end)
			i = end
			continue
		}
		i += size
	}
	return starts
}

// blockTag says whether the name of a tag that often begins a boilerplate stands
// at the beginning of s.
func blockTag(s string) bool {
	n := 0
	for n < len(s) && n < len("footer")+1 && ('a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || '0' <= s[n] && s[n] <= '9' || s[n] == '_') {
		n++
	}
	switch strings.ToLower(s[:n]) {
	case "p", "div", "a", "br", "span", "footer", "hr":
		return true
	}
	return false
}

// isBoilerplate says whether tail is one; plain is its text.
func isBoilerplate(tail, plain string) bool {
	if plain == "" || len(plain) > maxBoilerplate {
		return false
	}
	// Expressions as large as these take time by the length of a text, so each runs
	// only on what it can match.
	if len(plain) < maxGoOn && (ellipsis().MatchString(plain) || goOn().MatchString(plain)) {
		return true
	}
	if strings.HasPrefix(plain, "Article URL: ") && ofHackerNews().MatchString(plain) || len(plain) < maxReadOn && sharing().MatchString(plain) {
		return true
	}
	lower := strings.ToLower(plain)
	for _, word := range appearedStarts {
		if strings.HasPrefix(lower, word) {
			if appeared().MatchString(plain) {
				return true
			}
			break
		}
	}
	for _, mark := range appearedMarks {
		if strings.Contains(lower, mark) {
			return appearedLate().MatchString(plain) && (mark != "に最初に表示されました" || tail[0] == '<' || strings.HasPrefix(plain, "投稿")) // or a part of the title
		}
	}
	// A link that says to read on, and on what.
	open := strings.TrimLeft(tail, " \n\t")
	link := strings.HasPrefix(open, "<a ") || strings.HasPrefix(open, "<A ")
	if len(plain) >= maxReadOn {
		return false
	}
	if link && len(plain) < len("10000 comments") && comments().MatchString(plain) {
		return true
	}
	pointed := link || plain[0] == '[' || plain[0] == '(' || arrow().MatchString(plain)
	return pointed && (readOn().MatchString(plain) || bare().MatchString(plain))
}

// bareWords say so as well where they are a link or have an arrow behind them.
const bareWords = `more|mehr|leggi|więcej|devamı|المزيد|continued|read on|подробнее|περισσότερα|συνέχεια|tovább|full story|celý článek|details`

const goOnWords = `continue reading|read more|read the (?:rest|full (?:story|article|post|text))|read full (?:story|article|post)|learn more|` +
	`view (?:(?:entire|full) )?(?:post|article|story)|click here to (?:read|continue)|weiterlesen|mehr lesen|weiter lesen|lesen sie (?:mehr|weiter)|lire la suite|lire plus|en savoir plus|continuer la lecture|` +
	`seguir leyendo|leer más|continuar leyendo|continúa leyendo|sigue leyendo|leer el resto|continua a leggere|leggi tutto|continua la lettura|leggi di più|` +
	`continue lendo|continuar lendo|leia mais|ler mais|continuar a ler|lees verder|lees meer|verder lezen|continue lezen|läs mer|fortsätt läsa|läs vidare|læs mere|læs videre|les mer|les videre|` +
	`lue lisää|jatka lukemista|czytaj dalej|czytaj więcej|číst dále|pokračovat ve čtení|čítať ďalej|devamını oku|okumaya devam et|читать далее|читать дальше|` +
	`читати далі|продовжити читання|докладніше|continua llegint|llegeix més|llegir més|διαβάστε περισσότερα|citește mai mult|olvass tovább|` +
	`続きを読む|もっと読む|阅读更多|继续阅读|閱讀更多|繼續閱讀|阅读全文|더 보기|더 읽기|계속 읽기|baca selengkapnya|xem thêm|đọc tiếp|اقرأ المزيد|ادامه مطلب|קרא עוד|להמשך קריאה|और पढ़ें`

// addedAt returns where behind from what Reddit and Jetpack put below a text
// begins, whose beginning is no start of a sentence; -1: nowhere.
func addedAt(s string, from int) int {
	tail := s[from:]
	if strings.HasSuffix(tail, ">") || strings.HasSuffix(tail, "]") {
		if strings.Contains(tail, "submitted by") {
			if at := ofReddit().FindStringIndex(tail); at != nil {
				return from + at[0]
			}
		}
	}
	if at := buttons().FindStringIndex(tail); at != nil && len(PlainText(tail[at[0]:])) < maxShared {
		return from + at[0]
	}
	return -1
}

// What readers are to share a text by, in words and as a link each.
const (
	networks = `(?:(?:click to )?(?:share|email|print)?(?: (?:this|a link))?(?: on| to(?: a friend)?)?\s*)?(?:x|twitter|facebook|linkedin|pinterest|reddit|tumblr|whatsapp|telegram|mastodon|bluesky|threads|pocket|skype|xing|vk|email|e-mail|print|more|mehr|plus|más|drucken|imprimer|imprimir|stampa|tweet)(?:\s*\(opens in new window\))?`
	likes    = `(?:(?:like this|gefällt mir|j[’']aime(?: ça)?|me gusta(?: esto)?|mi piace|curtir isso)\s*:?\s*)?(?:like|gefällt mir|j[’']aime|me gusta|mi piace|curtir)?\s*(?:loading|wird geladen|chargement|cargando|caricamento|carregando)\s*(?:…|\.{3})`
	between  = `(?:\s|&nbsp;|&#32;|&#160;|<[^<>]*>)*` // texts
)

// maxShared is how many bytes of text buttons for sharing have, and what follows them.
const maxShared = 600

var (
	ofHackerNews = Pattern(`^Article URL: \S+ Comments URL: \S+ Points: \d+ # Comments: \d+$`)
	ofReddit     = Pattern(`(?:<!-- SC_ON -->)?` + between + `(?:#` + between + `)?submitted by` + between + `/?u/[\w-]+` + between + `(?:to` + between + `/?r/\w+` + between + `)?` +
		`(?:\[link\]` + between + `\[comments\]|\[comments\])` + between + `$`)
	buttons  = Pattern(`<div[^<>]*\sclass\s*=\s*["'](?:[^"'<>]*\s)?(?:sharedaddy|jp-relatedposts|addtoany_share_save_container|a2a_kit)[\s"']`)
	sharing  = Pattern(`(?i)^(?:(?:share this|share on|teilen mit|teilen|partager|comparte esto|compartir|condividi|compartilhe isso|compartilhar|delen|dela|udostępnij|поделиться)\s*:\s*(?:` + networks + `[\s,|·]*)+(?:` + likes + `)?|` + likes + `)$`)
	comments = Pattern(`(?i)^(?:\d+ )?comments?$`)

	ellipsis = Pattern(`^[\[(]\s*(?:…|\.{2,}|&hellip;|&#8230;|\+|more…?)\s*[\])]?[\])]$`)
	arrow    = Pattern(`(?:→|»|›|>>|…|\.\.\.|⟶|➔|&rarr;)\s*[\])]?$`)
	goOn     = Pattern(`(?i)^[\[(…\s]*(?:` + goOnWords + `)\s*[.:]?\s*(?:→|»|›|>+|…|\.\.\.|⟶|➔)?\s*[\])]?$`)
	bare     = Pattern(`(?i)^[\[(…\s]*(?:` + bareWords + `)\s*[.:]?\s*(?:→|»|›|>+|…|\.\.\.|⟶|➔)?\s*[\])]?$`)
	readOn   = Pattern(`(?i)^[\[(…\s]*(?:` + goOnWords + `)(?:[\s:"“«„'’]|$)`)
	appeared = Pattern(`(?i)^(?:` + strings.Join([]string{
		`(?:the|this) (?:post|article|story|entry|news) .+(?:first appeared|appeared first|was (?:first|originally) published|originally appeared|first published) (?:on|at|in)\s.+`,
		`originally (?:published|posted) (?:at|on)\s.+`,
		`(?:the|this) (?:post|article|story|entry) (?:was |has been )?(?:first|originally) (?:published|posted|appeared) (?:on|at|in|by)\s.+`,
		`(?:objava|članak) .+(?:se pojavi(?:la|o) prvi puta? na|pojavi(?:la|o) se prvi puta? na|se pojavio prvo na)\s.+`,
		`чланак .+се појави(?:о|ла) прво на\s.+`,
		`(?:публикацията|статията) .+се появи (?:първо|за пръв път) (?:на|в)\s.+`,
		`(?:príspevok|článok) .+(?:zobrazený najskôr|sa najskôr zobrazil na|pochádza z)\s.+`,
		`prispevek .+(?:se je pojavil najprej na|je bil najprej objavljen na)\s.+`,
		`a\(z\)`, `投稿`, // what stands before the link to the post
		`(?:der|dieser) (?:beitrag|artikel) .+(?:erschien(?:en)? zuerst|ist zuerst erschienen|wurde zuerst veröffentlicht) (?:auf|bei|in)\s.+`,
		`(?:l[’'´ ]?|cet )(?:article|billet) .+(?:est apparu en premier|est d’abord apparu|a été publié en premier|est apparu d’abord|apparaît en premier) sur\s.+`,
		`(?:la (?:entrada|publicación|noticia)|el (?:artículo|post|cargo)|esta entrada) .+(?:(?:se publicó|apareció|aparece|fue publicad[oa]) (?:por primera vez |primero |antes )?en)\s.+`,
		`(?:l[’'´ ]?|questo )articolo .+(?:proviene da|sembra essere il primo su|è apparso per la prima volta su)\s.+`,
		`(?:o (?:post|artigo|conteúdo)|a (?:notícia|publicação)) .+(?:apareceu primeiro em|aparece primeiro em|apareceu primeiro no|foi publicado primeiro em)\s.+`,
		`(?:het (?:bericht|artikel)|de post) .+(?:verscheen eerst op|is als eerste verschenen op|verscheen als eerste op)\s.+`,
		`(?:artykuł|post|wpis) .+(?:pochodzi z serwisu|pojawił się (?:najpierw|poraz pierwszy|po raz pierwszy) (?:w|na))\s.+`,
		`(?:сообщение|запись|статья) .+(?:появил[аи]сь? (?:сначала|впервые)(?: на)?|впервые появил[аи]сь?(?: на)?)\s.+`,
		`(?:запис|допис|стаття) .+(?:спершу з[’'ʼ]явив?ся|вперше з[’'ʼ]явив?ся|з[’'ʼ]явив?ся спочатку)\s.+`,
		`(?:inlägget|artikeln|posten) .+(?:dök först upp på|publicerades först på)\s.+`,
		`(?:indlægget|artiklen) .+(?:blev først udgivet på|vises først på|udkom først på)\s.+`,
		`(?:innlegget|artikkelen) .+(?:dukket først opp på|ble først publisert på|vises først på)\s.+`,
		`(?:artikkeli|julkaisu) .+(?:julkaistiin ensimmäisen kerran|ilmestyi ensin|ilmestyi ensimmäisenä)\s.+`,
		`(?:článek|příspěvek) .+(?:se nejdříve objevil|se nejdříve objevil na|pochází z)\s.+`,
		`(?:article|l[’']article|la entrada|l[’']entrada) .+(?:ha aparegut primer (?:a|en)|es va publicar primer a)\s.+`,
		`(?:articolul|postarea) .+(?:apare prima dată (?:în|pe)|a apărut prima dată (?:în|pe))\s.+`,
		`(?:το άρθρο|η ανάρτηση|η δημοσίευση) .+(?:εμφανίστηκε πρώτα στο|δημοσιεύτηκε πρώτα στο)\s.+`,
		`投稿 .+ は .+ に最初に表示されました。?`,
		`(?:artikel|post) .+pertama kali (?:tampil|muncul) (?:pada|di)\s.+`,
		`bài viết .+(?:đã )?xuất hiện đầu tiên (?:vào ngày|trên|tại)\s.+`,
		`(?:ظهرت المقالة|المقالة|التدوينة) .+(?:أولاً على|ظهرت أولاً على)\s.+`,
		`(?:این )?(?:نوشته|مطلب) .+اولین بار در .+`,
		`הפוסט .+הופיע (?:לראשונה|ראשון)\s?.+`,
	}, `|`) + `)$`)

	// How those of appeared begin, in lower case.
	appearedStarts = []string{"the ", "this ", "originally ", "der ", "dieser ", "l", "cet ", "el ", "esta ", "questo ", "article ", "articolo ",
		"billet ", "o ", "a ", "het ", "de ", "artykuł ", "post ", "wpis ", "сообщение ", "запись ", "статья ", "запис ", "допис ", "стаття ",
		"inlägget ", "artikeln ", "posten ", "objava ", "članak ", "чланак ", "публикацията ", "статията ", "príspevok ", "článok ", "prispevek ", "a(z)", "این ", "indlægget ", "artiklen ", "innlegget ", "artikkelen ", "artikkeli ", "julkaisu ", "článek ", "příspěvek ",
		"articolul ", "postarea ", "το ", "η ", "投稿", "artikel ", "bài viết ", "ظهرت", "المقالة", "التدوينة", "نوشته ", "مطلب ", "הפוסט "}

	// Those that begin with any text are looked for where one of their words is.
	appearedMarks = []string{"yazısı ilk önce", "bejegyzés először", "最先出现在", "最早發佈於", "最初发布于", "게시물이", "に最初に表示されました"}
	appearedLate  = Pattern(`(?i)^(?:` + strings.Join([]string{
		`.+yazısı ilk önce .+ üzerinde ortaya çıktı\.?`,
		`.+ bejegyzés először .+ jelent meg\.?`,
		`.*最先出现在.+`, `.*最早發佈於.+`, `.*最初发布于.+`,
		`.+は.+に最初に表示されました。?`,
		`.+게시물이 .+에 처음 등장했습니다\.?`,
	}, `|`) + `)$`)
)

// Excerpt returns the text of s, which may be HTML, on one line and without
// boilerplate. A text that a boilerplate cut in the middle of a sentence ends
// with an ellipsis.
func Excerpt(s string) string {
	s, trimmed := TrimBoilerplate(s)
	s = PlainText(s)
	if trimmed && s != "" && !strings.HasSuffix(s, "…") {
		if r, _ := utf8.DecodeLastRuneInString(s); unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(",;:–—-", r) {
			s = strings.TrimRight(s, " ,;:–—-") + "…"
		}
	}
	return s
}
