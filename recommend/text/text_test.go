package text_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/recommend/text"
)

// analyzer returns an Analyzer under the default settings and those given.
func analyzer(t testing.TB, more string) *text.Analyzer {
	t.Helper()
	s := text.DefaultSettings()
	if more != "" {
		var err error
		if s, err = changed(t, more); err != nil {
			t.Fatal(err)
		}
	}
	a, err := text.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keys returns the keys of terms of the given kinds, of all kinds if none is given.
func keys(terms []text.Term, kinds ...text.Kind) []string {
	var ks []string
	for _, t := range terms {
		if len(kinds) == 0 || slices.Contains(kinds, t.Kind) {
			ks = append(ks, t.Key)
		}
	}
	return ks
}

// single are the kinds that a lone word can have.
var single = []text.Kind{text.Word, text.Name, text.Acronym, text.Number}

// The cases are named by what they show. Pairs and compounds have tests of
// their own; here they are left out.
func TestTermsOfOneWord(t *testing.T) {
	tests := []struct {
		name, lang, in string
		want           string // keys, with spaces between them; '_' stands for a space in a key
	}{
		{"a stem is folded after stemming", "es", "la migración rural", "es:migracion es:rural"},
		{"straight and curly apostrophes are one", "en", "the tenant's lease and the tenant’s lease", "en:tenant en:leas en:tenant en:leas"},
		{"quotes of any form part nothing from its word", "en", "a \"frozen\" rent, a “frozen” rent, a ‘frozen’ rent", "en:frozen en:rent en:frozen en:rent en:frozen en:rent"},
		{"possessives go, singular and plural", "en", "a landlord's duty, landlords' duties, landlords’ duties", "en:landlord en:duti en:landlord en:duti en:landlord en:duti"},
		{"possessives go after acronyms", "en", "they read OECD's and the ILO’s figures", "en:read :oecd :ilo en:figur"},
		{"plural acronyms are singular, possessive or not", "en", "lending by MDBs, the MDBs' board, one MDB", "en:lend :mdb :mdb en:board :mdb"},
		{"dots in acronyms do not count", "en", "between the U.S. and the E.U. lies water", ":us :eu en:lie en:water"},
		{"us is not U.S.", "en", "they told us about US and U.S. farms", "en:told :us :us en:farm"},
		{"ice is not ICE", "en", "thin ice held as ICE arrived", "en:thin en:ice en:held :ice en:arriv"},
		{"small words in capitals are shouted, not acronyms", "en", "do NOT feed pigeons AND gulls", "en:feed en:pigeon en:gull"},
		{"but those of the settings are acronyms", "en", "guidance by the WHO on heat", "en:guidanc :who en:heat"},
		{"a dotted acronym ends no sentence", "en", "rules of the U.S. Congress", "en:rule :us en:congress :congress"},
		{"long words in capitals are both", "en", "read this URGENTLY timed note", "en:read en:urgent :urgently en:time en:note"},
		{"where all is in capitals none is an acronym", "en", "RENT CONTROL RETURNS TO US CITIES", "en:rent en:control en:return en:citi"},
		{"acronyms of two letters stay", "en", "in Akron, OH and Boise, ID, UN staff", "en:akron :akron :oh en:bois :boise :id :un en:staff"},
		{"brackets around an acronym", "en", "a fund for early warning (EWF) and its forms", "en:fund en:earli en:warn :ewf en:form"},
		{"an em dash parts words", "en", "floods come to—and settle in—river towns", "en:flood en:settl en:river en:town"},
		{"plain quantities weigh nothing", "en", "24,000 homes, 15 percent, 1.7 million loans, one-fifth, 30% and 250", "en:home en:loan"},
		{"a number after a name belongs to it", "en", "expulsions under Title 42 ended", "en:expuls en:titl :title :title_42 en:end"},
		{"a number after an acronym belongs to it", "en", "doses against COVID-19 and COVID 19", "en:dose :covid :covid-19 :covid :covid-19"},
		{"whatever the case of the word", "en", "during covid-19 lockdowns Covid-19 wards", "en:covid :covid-19 en:lockdown en:covid :covid :covid-19 en:ward"},
		{"a version belongs to its name", "en", "a review of Web 2.0 habits", "en:review en:web :web :web_2.0 en:habit"},
		{"a large number belongs to no name", "en", "for Syria 24,000 tents", "en:syria :syria en:tent"},
		{"nor does a number before a unit", "en", "gave Chad 42 million and Mali 15% more", "en:chad :chad en:mali :mali"},
		{"a year before a name belongs to it", "en", "builders of the 2022 World Cup stadiums", "en:builder :cup_2022 en:world :world en:cup :cup en:stadium"},
		{"as one after it does", "en", "stadiums for World Cup 2022", "en:stadium en:world :world en:cup :cup :cup_2022"},
		{"a lone year weighs nothing", "en", "in 2018 and the 1971 war, since the 1990s", "en:war"},
		{"an ordinal is a quantity", "en", "their 3rd winter, the 21st century", "en:winter en:centuri"},
		{"letters with digits are names", "en", "G20 talks on 5G, H-1B visas, the G-20", ":g20 en:talk :5g :h1b en:visa :g20"},
		{"Roman numerals are numbers", "en", "refugees of World War II settled", "en:refuge en:world :world en:war :war :war_ii en:settl"},
		{"Turkish letters fold", "en", "a speech by Erdoğan and one by Erdogan", "en:speech en:erdogan :erdogan en:erdogan :erdogan"},
		{"Spanish accents fold", "es", "en América Latina y en America Latina", "es:amer :america es:latin :latina es:amer :america es:latin :latina"},
		{"names meet across languages", "fr", "des familles au Venezuela", "fr:famill fr:venezuel :venezuela"},
		{"a slash parts words", "en", "shelter/housing by Caritas/USA", "en:shelter en:hous en:carita :caritas :us"},
		{"a prefix leaves a name its number", "en", "the post-Title 42 border", "en:titl :title :title_42 en:border"},
		{"initials with an ampersand are an acronym", "en", "more Q&A on R&amp;D at AT&T", ":q&a :r&d :at&t"},
		{"question marks and colons end sentences", "en", "Who pays? Tenants: Owners do", "en:pay en:tenant en:owner"},
		{"an abbreviation ends no sentence", "en", "a talk by Dr. Ada Okoye, e.g. Monday", "en:talk en:ada :ada en:okoy :okoye"},
		{"nor does an initial", "en", "a talk by Ada G. Okoye there", "en:talk en:ada :ada en:okoy :okoye"},
		{"a full stop does", "en", "They left. Farms closed", "en:left en:farm en:close"},
		{"no-break spaces are spaces", "en", "new\u00a0homes by\u00a0\u00a0Ada\u00a0", "en:new en:home en:ada :ada"},
		{"underscores part words", "en", "_UrbanFloods river_levels_Page_01", "en:urbanflood en:urban en:flood en:river en:level en:page"},
		{"camel case counts whole and in parts", "en", "the tag cityForTenants", "en:tag en:cityforten en:citi en:tenant"},
		{"but not where a part is short", "en", "an iPhone for McAllen", "en:iphon en:mcallen :mcallen"},
		{"a missing space after a full stop", "en", "prices rise.Then they fall", "en:price en:rise en:fall"},
		{"or after a short word", "en", "we ate it.Ox carts", "en:ate en:ox en:cart"},
		{"contractions of any word", "en", "tenants'll pay what Okoye'd owe", "en:tenant en:pay en:okoy :okoye en:owe"},
		{"a few acronyms do not shout", "en", "UN, EU, AU", ":un :eu :au"},
		{"degrees are a quantity", "en", "in Chad 42° and more", "en:chad :chad"},
		{"a quotation starts anew", "en", "some called \"Golden visas\" or “Silver visas”", "en:call en:golden en:visa en:silver en:visa"},
		{"contractions are stop words", "en", "they don’t and won't pay; what’s owed", "en:pay en:owe"},
		{"elisions go in French", "fr", "l’État et l'eau d'Alger", "fr:etat :etat fr:eau fr:alger :alger"},
		{"and in Italian", "it", "dell’acqua all'Aquila", "it:acqua it:aquil :aquila"},
		{"German nouns are no names", "de", "neue Regeln zur Migration", "de:neu de:regeln de:migration"},
		{"nor are those of Luxembourg", "lb", "déi nei Regelen", "lb:dei lb:nei lb:regelen"},
		{"umlauts fold", "de", "die Städte über Köln", "de:stadt de:koln"},
		{"titles make no names", "en", "How Venezuela Changed Colombia", "en:venezuela en:chang en:colombia"},
		{"tags part nothing inside a word", "en", "<b>m</b>igrants <a href=\"x.html\">here &amp; there</a>", "en:migrant"},
		{"a paragraph starts a sentence", "en", "<p>they farm</p><p>Maize grows</p>", "en:farm en:maiz en:grow"},
		{"scripts are not text", "en", "wells <script>var x = 'pumps';</script>run dry", "en:well en:run en:dri"},
		{"addresses are not text", "en", "see https://site.example/rents?id=1#top now, or mail", "en:mail"},
		{"nor are those without a scheme", "en", "see www.site.example/rents?id=1 or mail desk@site.example, please", "en:mail"},
		{"US$ is not a country", "en", "costs of US$5 and A$ 7 in US towns", "en:cost :us en:town"},
		{"counters make no names", "en", "read Part 2 and Figure 3 on Agenda 2030", "en:read en:part :part en:figur :figure en:agenda :agenda :agenda_2030"},
		{"a synonym may be of stop words, and stands for its pair", "en", "our well-being by e-mail", "en:wellb en:email en:mail"},
		{"stock phrases weigh nothing", "en", "This new policy brief explores housing. As this article explains, it costs.", "en:hous en:cost"},
		{"in Spanish too", "es", "Este informe explora la vivienda. En este artículo, cuesta.", "es:viviend es:cuest"},
		{"in French too", "fr", "Cet article examine le logement", "fr:log"},
		{"in German too", "de", "Dieser Bericht untersucht den Wohnungsbau", "de:wohnungsbau"},
		{"in Portuguese too", "pt", "Este relatório analisa a habitação", "pt:habit"},
		{"months and days weigh nothing", "en", "on Tuesday, March 3, a march on May Street", "en:march en:street :street"},
		{"in Spanish in small letters", "es", "el 3 de marzo, una marcha", "es:march"},
		{"a dateline weighs nothing", "en", "WASHINGTON — Rents rose again", "en:rent en:rose"},
		{"nor does one with a date and an agency", "en", "NAIROBI, Kenya, March 3 (Reuters) – Rents rose again", "en:rent en:rose"},
		{"an acronym before a dash is not a dateline", "en", "UNHCR — the agency grew", ":unhcr en:agenc en:grew"},
		{"synonyms are joined in any language", "es", "EE.UU., EE. UU. y Estados Unidos", ":us :us :us"},
		{"and spellings in one", "en", "labour centres, labor centers", "en:labor en:center en:labor en:center"},
		{"protected words are not stemmed", "en", "international law, internal law", "en:international en:law en:intern en:law"},
		{"Chinese goes by pairs of characters", "zh", "移民政策,水", "zh:移民 zh:民政 zh:政策 zh:水"},
		{"so does Japanese", "ja", "水とコーヒー", "ja:水と ja:とコ ja:コー ja:ーヒ ja:ヒー"},
		{"and Thai, marks with their letters", "th", "ที่ดิน", "th:ที่ดิ th:ดิน"},
		{"a language without stemmer is folded", "pl", "Żółte łodzie płyną", "pl:zolte pl:lodzie pl:plyna"},
		{"nothing tells a language", "", "some rivers", "und:some und:rivers"},
		{"regions and case of a tag do not count", "EN-gb", "the rivers", "en:river"},
		{"both Norwegians are Norwegian", "nb", "elvene", "no:elv"},
		{"й is a letter, ё folds", "ru", "районы и ещё берёзы", "ru:район ru:берез"},
		{"Turkish capitals", "tr", "ve İzmir Irmak kıyıları", "tr:izmir :izmir tr:irmak :irmak tr:kiyi"},
		{"Arabic", "ar", "اللاجئون في المدينة", "ar:لاجء ar:مدين"},
		{"vowel points fold", "fa", "کِتاب", "fa:کتاب"},
		{"in Hebrew too", "he", "שָׁלוֹם", "he:שלום"},
		{"bytes that are not text part words", "en", "rent\xffcaps", "en:rent en:cap"},
		{"soft hyphens vanish", "en", "mi\u00adgrants", "en:migrant"},
		{"decomposed letters compose", "es", "migracio\u0301n", "es:migracion"},
		{"nothing", "en", " \t. – ", ""},
	}
	a := analyzer(t, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(keys(a.Terms(nil, tt.lang, tt.in), single...), " ")
			var want []string
			for _, k := range strings.Fields(tt.want) {
				want = append(want, strings.ReplaceAll(k, "_", " "))
			}
			if got != strings.Join(want, " ") {
				t.Errorf("Terms(%q, %q)\n got %s\nwant %s", tt.lang, tt.in, got, strings.Join(want, " "))
			}
		})
	}
}

// Pairs and compounds are told by key and surface.
func TestTermsOfSeveralWords(t *testing.T) {
	tests := []struct {
		name, lang, in string
		want           []string // "key|surface"
	}{
		{"neighbours make a pair", "en", "rents rise quickly", []string{"en:rent rise|rents rise", "en:rise quick|rise quickly"}},
		{"a stop word parts them", "en", "rents in cities", nil},
		{"signs part them", "en", "rents, cities; (towns) villages. Farms/fields", nil},
		{"a possessive does not", "en", "the city's rents and cities' rents", []string{"en:citi rent|city rents", "en:citi rent|cities rents"}},
		{"nor do tags and entities", "en", "the <i>city</i>&nbsp;rents", []string{"en:citi rent|city rents"}},
		{"a number does", "en", "homes 250 rents", nil},
		{"with hyphen and without they meet", "en", "a public-health duty; public health", []string{
			"en:public health|public-health", "en:health duti|health duty", "en:public health|public health"}},
		{"any hyphen joins", "en", "an EU–Chad pact, an EU‑Chad pact", []string{
			"en:EU chad|EU-Chad", "en:chad pact|Chad pact", "en:EU chad|EU-Chad", "en:chad pact|Chad pact"}},
		{"acronyms are not words in pairs either", "en", "the ICE sheds and ice sheds", []string{
			"en:ICE shed|ICE sheds", "en:ice shed|ice sheds"}},
		{"a chain counts whole and by pairs", "en", "the flood-plain-map gap", []string{
			"en:flood plain map|flood-plain-map", "en:flood plain|flood-plain", "en:plain map|plain-map", "en:map gap|map gap"}},
		{"stop words stay inside a chain", "en", "some on-the-go lunches", []string{"en:on the go|on-the-go", "en:go lunch|go lunches"}},
		{"stop words alone make no compound", "fr", "c'est peut-être là", nil},
		{"a prefix makes one word", "en", "non-profit and nonprofit sub-Saharan co-operation", []string{
			"en:nonprofit|non-profit", "en:subsaharan|sub-Saharan", "en:cooper|co-operation", "en:saharan cooper|Saharan co-operation"}},
		{"a prefix before an acronym is nothing", "en", "for non-EU nationals", []string{"en:EU nation|EU nationals"}},
		{"a number parts a chain", "en", "COVID-19-era rules, a 24-hour shift", []string{"en:era rule|era rules", "en:hour shift|hour shift"}},
		{"a prefix before a name with a number", "en", "the post-Title 42 border", []string{"en:posttitl|post-Title"}},
		{"initials in a name", "en", "the U.S.-Canada line", []string{"en:US canada|U.S.-Canada", "en:canada line|Canada line"}},
		{"names keep their capitals", "en", "we met Ada Okoye there", []string{"en:met ada|met Ada", "en:ada okoy|Ada Okoye"}},
		{"a sentence start is not a name", "en", "Rent Rises hurt", []string{"en:rent rise|rent Rises", "en:rise hurt|Rises hurt"}},
		{"German nouns keep theirs", "de", "Neue Regeln", []string{"de:neu regeln|neue Regeln"}},
		{"a phrase of the settings is not a pair besides", "en", "the health care and healthcare, health-care", []string{
			"en:health care|health care", "en:health care|healthcare", "en:health care|health-care"}},
	}
	a := analyzer(t, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, term := range a.Terms(nil, tt.lang, tt.in) {
				if term.Kind == text.Pair || term.Kind == text.Compound {
					got = append(got, term.Key+"|"+term.Surface)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Terms(%q, %q) mismatch (-want +got):\n%s", tt.lang, tt.in, diff)
			}
		})
	}
}
