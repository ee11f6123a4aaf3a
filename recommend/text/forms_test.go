package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"akin/recommend/text"
)

// meet reports whether two texts have a word, or an acronym, in common.
func meet(a *text.Analyzer, lang, s, t string) bool {
	met := map[string]bool{}
	for _, k := range keys(a.Terms(nil, lang, s), single...) {
		met[k] = true
	}
	for _, k := range keys(a.Terms(nil, lang, t), single...) {
		if met[k] {
			return true
		}
	}
	return false
}

// Every word of a title is to meet its like in another spelling.
func TestWordsMeetInOtherSpellings(t *testing.T) {
	tests := []struct{ name, lang, in, want string }{
		{"a short title in capitals", "en", "FERRY FARES FALL", "ferry; fares; fall"},
		{"of one word", "en", "FERRY", "ferry"},
		{"of two", "es", "BARCO NUEVO", "barco; nuevo"},
		{"with accents or without", "fr", "MARÉE BASSE, MAREE BASSE", "marée; basse"},
		{"in Russian", "ru", "НОВЫЙ МОСТ", "новый; мост"},
		{"in Greek, which drops its accents", "el", "ΝΕΑ ΛΙΜΆΝΙΑ, ΛΙΜΑΝΙΑ", "νέα; λιμάνια"},
		{"with sigma at the end", "el", "ΔΡΟΜΟΣ", "δρόμος"},
		{"in German, sharp s as two", "de", "GROSSE STRASSE", "große; Straße"},
		{"or left small", "de", "WEIßE STRAßE", "weiße; Straße"},
		{"in Turkish, both kinds of i", "tr", "IŞIK LİMANI", "ışık; liman"},
		{"in Polish", "pl", "ŁÓDŹ RYBACKA", "łódź; rybacka"},
		{"beside an acronym in the same case", "en", "NATO FLEET SAILS", "NATO; fleet"},
		{"mathematical letters", "en", "𝐅𝐞𝐫𝐫𝐲 𝒇𝒂𝒓𝒆𝒔 𝕗𝕒𝕝𝕝", "ferry; fares; fall"},
		{"full-width letters", "en", "Ｆｅｒｒｙ　ｆａｒｅｓ", "ferry; fares"},
		{"circled and squared letters", "en", "Ⓕⓔⓡⓡⓨ 🄵🄰🅁🄴🅂 🅵🅰🅻🅻 🅕🅐🅡🅔🅢", "ferry; fares; fall"},
		{"small capitals and raised letters", "en", "ꜰᴇʀʀʏ ᶠᵃʳᵉˢ", "ferry; fares"},
		{"ligatures", "en", "ﬁshing ﬂeets in the oﬃce", "fishing; fleets; office"},
		{"letters that are struck through", "en", "f\u0336e\u0336r\u0336r\u0336i\u0336e\u0336s\u0336 n\u0305e\u0305t\u0305s\u0305", "ferries; nets"},
		{"signs that show nothing", "en", "fer\u00adries and ne\u200bts, fa\u200dres bo\u200cats, \u2066ropes\u2069 keels\ufe0f", "ferries; nets; fares; boats; ropes; keels"},
		{"an accent in two characters", "es", "reparacio\u0301n", "reparación"},
		{"the number of a note", "en", "the ferries¹ and the nets²", "ferries; nets"},
		{"digits of other scripts", "fa", "کووید-۱۹", "کووید-19"},
		{"digits in circles", "en", "①Ferries ②nets", "ferries; nets"},
		{"half-width kana", "ja", "ﾌｪﾘｰ", "フェリー"},
		{"presentation forms", "ar", "ﺍﻟﻤﻴﻨﺎﺀ", "الميناء"},
		{"stress marks", "ru", "парохо́ды", "пароходы"},
		{"points and stretched letters", "ar", "مَدِينَة، الشــبــاك", "مدينة; الشباك"},
		{"letters of a Persian keyboard", "ar", "کتاب", "كتاب"},
		{"letters of an Arabic keyboard", "fa", "كشتي", "کشتی"},
		{"joined, apart and closed plurals", "fa", "کشتی\u200cها کشتی ها کشتیهای", "کشتی; کشتی\u200cها"},
		{"points of Hebrew", "he", "סְפִינָה", "ספינה"},
		{"abbreviations of Hebrew", "he", "צה״ל", "צה\"ל"},
		{"ё and ґ", "uk", "ґанок", "ганок"},
		{"apostrophes of Ukrainian", "uk", "м’ята", "м'ята"},
		{"the middle dot of Catalan", "ca", "coŀlegi, col·legi", "collegi"},
		{"endings after a Turkish apostrophe", "tr", "İzmir'de, Ankara’nın", "İzmir; Ankara"},
		{"Korean particles", "ko", "등대에서 어부가 그물을 배까지", "등대는; 어부의; 그물로; 배를"},
		{"Korean particles one upon another", "ko", "등대에서는 어부에게도", "등대; 어부"},
		{"a Korean plural", "ko", "어부들이", "어부"},
		{"Korean verbs", "ko", "고쳤다 필요한 돌아간다", "고치다; 필요하다; 돌아가는"},
		{"foreign words with Korean particles", "ko", "NATO가 Busan에서", "NATO의; Busan"},
	}
	a := analyzer(t, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, w := range strings.Split(tt.want, "; ") {
				if !meet(a, tt.lang, tt.in, "xx "+w+" xx") && !meet(a, tt.lang, tt.in, w) {
					t.Errorf("Terms(%q, %q) = %q meet nothing of %q", tt.lang, tt.in, keys(a.Terms(nil, tt.lang, tt.in)), keys(a.Terms(nil, tt.lang, w)))
				}
			}
		})
	}
}

// What looks alike and is not stays apart.
func TestWordsThatStayApart(t *testing.T) {
	tests := []struct{ name, lang, in, other string }{
		{"an acronym in a sentence", "en", "held as ICE arrived there again", "thin ice"},
		{"a noun that ends like a particle", "ko", "휴가", "휴지"},
		{"a trade mark", "en", "Akin™", "Akintm"},
	}
	a := analyzer(t, "")
	for _, tt := range tests {
		if meet(a, tt.lang, tt.in, tt.other) {
			t.Errorf("%s: Terms(%q) = %q meet %q", tt.name, tt.in, keys(a.Terms(nil, tt.lang, tt.in)), keys(a.Terms(nil, tt.lang, tt.other)))
		}
	}
}

// Stop words are known in capitals, without their accents, and with signs that show nothing.
func TestStopWordsAreFoldedFirst(t *testing.T) {
	tests := []struct{ lang, in string }{
		{"el", "ΓΙΑ ΤΟΥΣ ΚΑΙ ΠΩΣ"},
		{"el", "για τους και πώς"},
		{"fa", "اين هاي می\u200cشود براي"},
		{"he", "שֶׁל עַל אֶת"},
		{"ar", "مِنْ هــذا"},
		{"tr", "BİR İÇİN DEĞİL"},
		{"uk", "ТАКОЖ ЦЕЙ БУДЕ"},
		{"ko", "그리고 하지만"},
		{"pl", "DLATEGO KTÓRE"},
		{"cs", "PROTOŽE KTERÉ"},
		{"ca", "AQUESTA TAMBÉ"},
	}
	a := analyzer(t, "")
	for _, tt := range tests {
		if got := a.Terms(nil, tt.lang, tt.in); len(got) > 0 {
			t.Errorf("Terms(%q, %q) = %q, want none", tt.lang, tt.in, keys(got))
		}
	}
}

func TestDetectAmong(t *testing.T) {
	tests := []struct {
		want, in string
		site     []string
	}{
		{"en", "Lock gates", []string{"en"}},
		{"en-GB", "Lock gates", []string{"en-GB", "fr"}},
		{"es", "Puerto nuevo", []string{"en", "es"}},
		{"es", "El puerto", []string{"en", "es"}},
		{"de", "Hafen neu", []string{"de"}},
		{"en", "Okoye & Lindqvist", []string{"en", "es"}},
		{"es", "2030", []string{"es", "en"}},
		{"ru", "Новый порт", []string{"en", "ru"}},
		{"el", "Νέο", []string{"en", "ru"}},
		{"fr", "Les loyers augmentent plus vite que les salaires dans les villes portuaires", []string{"en"}},
		{"uk", "Порт", []string{"uk", "en"}},
		{"hi", "बंदरगाह", []string{"en", "hi"}},
		{"en", "Marina", []string{"en"}},
		{"en", "Weekend", []string{"en"}},
		{"en", "Vitamin C", []string{"en"}},
		{"en", "Group L wins", []string{"en"}},
		{"en", "Angela Merkel besucht Paris", []string{"en"}},
		{"en", "Santa Maria della Salute", []string{"en"}},
		{"de", "Weekend", []string{"de"}},
		{"en", "Weekend", []string{"en", "de"}},
		{"de", "Der Hafen wird im Herbst geschlossen", []string{"en"}},
		{"nb", "Leiene øker raskere enn lønningene i de gamle havnebyene", []string{"nb"}},
		{"ja", "港町家賃", []string{"ja", "en"}},
		{"zh", "港町家賃", []string{"zh", "ja"}},
		{"fa", "كتاب", []string{"fa"}},
		{"und", "", nil},
	}
	for _, tt := range tests {
		if got := text.DetectAmong(tt.in, tt.site); got != tt.want {
			t.Errorf("DetectAmong(%q, %q) = %q, want %q", tt.in, tt.site, got, tt.want)
		}
	}
}

func TestDetectShort(t *testing.T) {
	for _, tt := range []struct{ want, in string }{
		{"ca", "Els pescadors arreglen les xarxes abans de l'hivern"},
		{"ca", "El port vell canvia la llum dels fars"},
		{"es", "La red de pescadores arregla el puerto"},
		{"cs", "Rybáři opravují sítě před zimou"},
		{"pl", "Rybacy naprawiają sieci przed zimą"},
		{"el", "Οι ψαράδες επισκευάζουν τα δίχτυα"},
		{"he", "כך משנה הבצורת את מי שעוזב"},
		{"fa", "ماهیگیران تورها را تعمیر می\u200cکنند"},
		{"fa", "كتاب هاي تازه براي كودكان اين شهر"},
		{"ar", "الصيادون يصلحون الشباك في الميناء القديم"},
		{"ar", "شركة جوجل تفتح مكتبا في المدينة القديمة وگوگل تشكر الجميع"},
		{"uk", "Рибалки лагодять сіті перед зимою"},
		{"ru", "Лёд на реке держался до марта"},
		{"tr", "Balıkçılar kıştan önce ağları onarıyor"},
		{"und", "Рыбакі рамантуюць сеткі перад зімой, і ўсё"},
		{"und", "مچھیرے سردی سے پہلے جال ٹھیک کرتے ہیں"},
	} {
		if got := text.Detect(tt.in); got != tt.want {
			t.Errorf("Detect(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"移民", "民政", "移民政"},
		{"移民政", "政策", "移民政策"},
		{"ที่ดิ", "ดิน", "ที่ดิน"}, // of two characters each, with their marks
		{"移民", "政策", ""},
		{"水", "水泥", ""},
		{"移民", "民", ""},
		{"rent", "tent", ""},
		{"항구", "구청", ""}, // has spaces
	} {
		got, ok := text.Overlap(tt.a, tt.b)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Overlap(%q, %q) = %q, %v, want %q", tt.a, tt.b, got, ok, tt.want)
		}
	}
}

func FuzzOverlap(f *testing.F) {
	f.Add("移民", "民政")
	f.Add("ที่ดิ", "ดิน")
	f.Add("a\xff", "\xffb")
	f.Fuzz(func(t *testing.T, a, b string) {
		run, ok := text.Overlap(a, b)
		if ok && (!strings.HasPrefix(run, a) || !strings.HasSuffix(run, b) || len(run) >= len(a)+len(b)) {
			t.Errorf("Overlap(%q, %q) = %q", a, b, run)
		}
	})
}

func FuzzDetectAmong(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "en", "fa")
	}
	f.Fuzz(func(t *testing.T, s, first, second string) {
		got := text.DetectAmong(s, []string{first, second})
		if got == "" && first != "" && second != "" || !utf8.ValidString(got) && utf8.ValidString(first) && utf8.ValidString(second) {
			t.Errorf("DetectAmong(%q, %q, %q) = %q", s, first, second, got)
		}
		if again := text.DetectAmong(s, []string{first, second}); again != got {
			t.Errorf("DetectAmong(%q, %q, %q) = %q, then %q", s, first, second, got, again)
		}
	})
}

func FuzzKoreanTerms(f *testing.F) {
	for _, s := range []string{"어항에서 그물을 고치다", "AI는 2024년에", "가가가가", "있습니다", "ㅏㄱ한"} {
		f.Add(s)
	}
	a := analyzer(f, "")
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"ko", "fa", "el", "he", "tr", "uk"} {
			checkTerms(t, s, a.Terms(nil, lang, s))
		}
	})
}
