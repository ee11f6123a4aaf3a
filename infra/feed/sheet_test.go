package feed

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// shownItem writes what a sheet says of an item, as far as it goes.
func shownItem(it *recommend.Item) string {
	said := []string{it.ID, it.URL, it.Title, it.Summary, it.Date, it.Lang, strings.Join(it.Topics, "|"), strings.Join(it.Authors, "|")}
	return strings.TrimRight(strings.Join(said, ";"), ";")
}

// readSheet returns the items of a sheet, its errors and its notices in words.
func readSheet(in string, o Options) (all []string) {
	o.Now = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for r := range NewSource(strings.NewReader(in), "S").Records(context.Background(), o) {
		switch {
		case r.Item != nil:
			all = append(all, shownItem(r.Item))
		case r.Err != nil:
			all = append(all, r.Err.Error())
		case r.Warning != nil:
			all = append(all, r.Warning.Error()+" (warning)")
		case r.Notice != nil:
			all = append(all, r.Notice.Kind.Say(max(1, r.Notice.N)))
		}
	}
	return all
}

func windows1252(s string) string {
	out, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func utf16Text(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

var sheetTests = []struct {
	name, in string
	o        Options
	want     []string
}{
	{"ids made of addresses as for feeds", "source,title,url\n,Cranes,https://quay.example/c\n", Options{}, []string{
		entry.ID("https://quay.example/c") + ";https://quay.example/c;Cranes"}},
	{"addresses without a scheme", "Title,Link\nCranes,www.quay.example/c\n", Options{}, []string{
		entry.ID("https://www.quay.example/c") + ";https://www.quay.example/c;Cranes"}},
	{"ids made of titles", "Titolo,Sommario\nÈ già l'ora,x\n移民の港,y\n", Options{}, []string{
		"e-gia-lora;;È già l'ora;x", entry.ID("title: 移民の港") + ";;移民の港;y"}},
	{"ids made of slugs", "Slug,Headline,Dek\nold-quay,The old quay,x\n", Options{}, []string{"old-quay;;The old quay;x"}},
	{"names in any spelling", "ITEM_ID,Article Title,meta-description,Lang Code\n1,Cranes,Old ones,English\n", Options{}, []string{"1;;Cranes;Old ones;;en"}},
	{"names in Spanish", "ID,Titular,Entradilla,Fecha de publicación,Etiquetas,Autor\n1,Grúas,Viejas,26/03/2024,puerto;muelle,Ana Gil\n", Options{}, []string{
		"1;;Grúas;Viejas;2024-03-26;;puerto|muelle;Ana Gil"}},
	{"names in French", "ID,Titre,Chapô,Publié le,Rubrique,Signature\n1,Grues,Vieilles,26 mars 2024,Port,Par Jeanne Dô\n", Options{}, []string{"1;;Grues;Vieilles;2024-03-26;;Port;Jeanne Dô"}},
	{"names in German", "ID;Überschrift;Vorspann;Veröffentlicht am;Schlagwörter;Verfasser\n1;Kräne;Alte;26.03.2024;Hafen, Kai;Jörg Öz\n", Options{}, []string{"1;;Kräne;Alte;2024-03-26;;Hafen|Kai;Jörg Öz"}},
	{"names in Italian", "ID,Titolo,Occhiello,Data di pubblicazione,Categoria,Autore\n1,Gru,Vecchie,26/03/2024,Porto,Ada Po\n", Options{}, []string{"1;;Gru;Vecchie;2024-03-26;;Porto;Ada Po"}},
	{"names in Portuguese", "ID,Título,Resumo,Data de publicação,Seções,Autor\n1,Gruas,Velhas,26/03/2024,Porto,Rui Sá\n", Options{}, []string{"1;;Gruas;Velhas;2024-03-26;;Porto;Rui Sá"}},

	{"--map", "Kolonne,Ressort,Nr,Views\nCranes,harbour,a,7\n", Options{Map: map[string]string{"kolonne": "title", "Ressort": "topics", "Nr": "id", "Views": ""}}, []string{"a;;Cranes;;;;harbour"}},
	{"--map gives a field to one column alone", "id,title,seo\na,A,B\n", Options{Map: map[string]string{"seo": "title"}}, []string{
		`S:1: title: the column is left out; --map "title=FIELD" takes it in (warning)`, "a;;B"}},
	{"--map of a column that is not there", "id,title\na,A\n", Options{Map: map[string]string{"Titel": "title"}}, []string{`S:1: --map: there is no column "Titel"; the columns are "id", "title"`}},
	{"--map that leaves the title out", "id,title\na,A\n", Options{Map: map[string]string{"title": ""}}, []string{`S: title: no column is known to hold titles; say which does: --map COLUMN=title, one of "id", "title"`}},
	{"two columns for one field", "id,Headline,SEO Title\na,,Cranes\nb,Tugs,x\n", Options{}, []string{"a;;Cranes", "b;;Tugs"}},
	{"two columns for topics", "id,Headline,Category,Tags\na,A,News,\"cranes, quay\"\n", Options{}, []string{"a;;A;;;;News|cranes|quay"}},
	{"no known column", "kolonne a,kolonne b\nx,y\n", Options{}, []string{"S:1: csv: no column is known of kolonne a, kolonne b; say which is which: --map COLUMN=title --map COLUMN=url (see akin import --help)"}},

	{"values parted by a comma", "id,title,topics,authors\n1,Cranes,\"harbour, locks\",\"Doe, Jane; Roe, Rick\"\n", Options{}, []string{"1;;Cranes;;;;harbour|locks;Doe, Jane|Roe, Rick"}},
	{"a bar counts before a comma", "id,Headline,Tags\n1,A,\"Food, Drink|Travel\"\n2,B,\"Food, Drink\"\n", Options{}, []string{"1;;A;;;;Food, Drink|Travel", "2;;B;;;;Food, Drink"}},
	{"names that have commas", "id,Headline,Tags\n1,A,\"Food, Drink and Travel\"\n2,B,News\n", Options{}, []string{"1;;A;;;;Food, Drink and Travel", "2;;B;;;;News"}},
	{"commas between a first and a last name", "id,Headline,Author\n1,A,\"Doe, Jane\"\n2,B,\"Roe, Rick\"\n", Options{}, []string{"1;;A;;;;;Doe, Jane", "2;;B;;;;;Roe, Rick"}},
	{"commas between names", "id,Headline,Author\n1,A,\"Jane Doe, Rick Roe and Ann Poe\"\n", Options{}, []string{"1;;A;;;;;Jane Doe|Rick Roe|Ann Poe"}},
	{"entities are no separators", "id,Headline,Tags\n1,A,\"Arts &amp; Letters, News\"\n2,B,News\n", Options{}, []string{"1;;A;;;;Arts & Letters|News", "2;;B;;;;News"}},
	{"values on lines of a cell", "id,Headline,Tags\n1,A,\"harbour\nlocks\"\n", Options{}, []string{"1;;A;;;;harbour|locks"}},
	{"arrays as programs write them", "id,Headline,Tags\n1,A,\"['harbour', 'locks']\"\n2,B,\"[\"\"quay\"\"]\"\n3,C,[]\n", Options{}, []string{"1;;A;;;;harbour|locks", "2;;B;;;;quay", "3;;C"}},
	{"--split", "id,Headline,Tags\n1,A,harbour / locks\n", Options{Split: "/"}, []string{"1;;A;;;;harbour|locks"}},
	{"--split that is not there", "id,Headline,Tags\n1,A,\"harbour, locks\"\n", Options{Split: "|"}, []string{"1;;A;;;;harbour, locks"}},

	{"day first, told by another row", "id,Headline,Date\n1,A,3/4/2024\n2,B,26/3/2024 10:30\n", Options{}, []string{"1;;A;;2024-04-03", "2;;B;;2024-03-26"}},
	{"month first, told by another row", "id,Headline,Date\n1,A,3/4/2024\n2,B,3/26/2024\n", Options{}, []string{"1;;A;;2024-03-04", "2;;B;;2024-03-26"}},
	{"dates that nothing tells", "id,Headline,Date\n1,A,3/4/2024\n2,B,5/6/2024\n3,C,7/8/2024\n", Options{}, []string{
		`S: date: "3/4/2024" may be day/month or month/day; say which with --dates dmy or --dates mdy; no other date tells it; nothing was read`}},
	{"the same of akin's own columns", "id,title,date\n1,A,3/4/2024\n2,B,5/6/2024\n", Options{}, []string{
		`S: date: "3/4/2024" may be day/month or month/day; say which with --dates dmy or --dates mdy; no other date tells it; nothing was read`}},
	{"dates both ways", "id,Headline,Date\n1,A,13/4/2024\n2,B,4/13/2024\n3,C,7/8/2024\n", Options{}, []string{
		`S: date: "7/8/2024" may be day/month or month/day; say which with --dates dmy or --dates mdy; other dates have it both ways; nothing was read`}},
	{"--dates", "id,Headline,Date\n1,A,3/4/2024\n", Options{Order: entry.MonthFirst}, []string{"1;;A;;2024-03-04"}},
	{"days of Excel", "id,Headline,Date\n1,A,45377\n2,B,45378.5\n", Options{}, []string{"1;;A;;2024-03-26", "2;;B;;2024-03-27"}},
	{"a date that is none", "id,Headline,Date\n1,A,spring\n", Options{}, []string{`S:2: date: "spring" is not a date that is understood; write it like 2024-03-26; it was left out (warning)`, "1;;A"}},

	{"tabs", "Headline\tLink\nCranes\t/c\n", Options{}, []string{entry.ID("/c") + ";/c;Cranes"}},
	{"bars", "Headline|Link\nCranes|/c\n", Options{}, []string{entry.ID("/c") + ";/c;Cranes"}},
	{"sep= of Excel", "sep=;\nid;Headline\n1;Cranes, tugs\n", Options{}, []string{"1;;Cranes, tugs"}},
	{"titles above the header", "Export of the desk,,\nMay 2024,,\n,,\nid,Headline,Tags\n1,Cranes,quay\n", Options{}, []string{"1;;Cranes;;;;quay"}},
	{"the header again", "id,Headline\n1,Cranes\nid,Headline\n2,Tugs\n", Options{}, []string{"1;;Cranes", "1 repeated header left out", "2;;Tugs"}},
	{"byte order mark", "\ufeffHeadline,Link\nCranes,/c\n", Options{}, []string{entry.ID("/c") + ";/c;Cranes"}},
	{"UTF-16", utf16Text("Headline\tLink\r\nGrúas\t/c\r\n"), Options{}, []string{entry.ID("/c") + ";/c;Grúas"}},
	{"windows-1252", windows1252("ID;Überschrift\n1;Kräne – „alt“\n2;Boje\n"), Options{}, []string{
		"S:2: encoding: the file is not UTF-8; it was read as windows-1252 (warning)", "1;;Kräne – „alt“", "2;;Boje"}},
	{"line ends of an old Mac", "id,Headline\r1,Cranes\r2,Tugs\r", Options{}, []string{"1;;Cranes", "2;;Tugs"}},
	{"quotes that are not doubled", "id,Headline\n1,the 5\" disk\n2,\"The \"quay\" wall\"\n3,\"Cranes\" x\n4,A\n", Options{}, []string{
		"S:2: csv: the file has quotes that are not doubled; they were mended (warning)", `1;;the 5" disk`,
		`2;;The "quay" wall`, `3;;"Cranes" x`, "4;;A"}},
	{"fewer cells, and more", "id,Headline,Dek\n1,A\n2,B,x,,\n3,C,x,y\n", Options{}, []string{"1;;A", "2;;B;x", `S:4: csv: 4 cells under 3 columns; put quotes around a cell that holds a ","`}},
	{"blank rows", "id,Headline\n,\n1,A\n\n , \n2,B\n", Options{}, []string{"1;;A", "2;;B"}},
	{"ids that became numbers", "ID,Headline\n1.0,A\n1.2E+5,B\n", Options{}, []string{"1;;A", "120000;;B"}},
	{"ids that have a point", "ID,Headline\n1.0,A\nv2,B\n", Options{}, []string{"1.0;;A", "v2;;B"}},
	{"cells without a value", "ID,Headline,Dek,Date,Author\n1,A,NaN,NaT,NULL\n2,B,#N/A,0000-00-00,-\n", Options{}, []string{"1;;A", "2;;B"}},

	{"status", "ID,Headline,Status\n1,A,Published\n2,B,Draft\n3,C,trash\n4,D,\n5,E,Borrador\n", Options{}, []string{"1;;A", "1 draft left out", "1 entry in the trash left out", "4;;D", "1 draft left out"}},
	{"scheduled for no day", "ID,Headline,Status,Date\n1,A,Scheduled,\n2,B,Scheduled,soon\n3,C,Scheduled,2024-03-26\n4,D,draft,\n", Options{}, []string{
		"1 draft left out", "1 draft left out", "3;;C;;2024-03-26", "1 draft left out"}},
	{"a status that is not known", "ID,Headline,Status\n1,A,Live\n2,B,draft\n3,C,Sub-edited\n", Options{}, []string{"1;;A", "1 draft left out",
		`S:4: status: "Sub-edited" is not known; write published, draft or withdrawn; the row is left out; --map "Status=" takes all rows in, drafts too (warning)`}},
	{"states of a country", "ID,Headline,State\n1,A,Ohio\n", Options{}, []string{`S:1: State: the column is left out; --map "State=FIELD" takes it in (warning)`, "1;;A"}},
	{"published: yes", "ID,Headline,Published\n1,A,TRUE\n2,B,FALSE\n", Options{}, []string{"1;;A", "1 draft left out"}},
	{"columns in Swedish", "Titel;Länk;Publiceringsdatum;Författare;Taggar;Ingress\nTran;https://q.example/a;2024-03-26;Ann;hamn;Stål\n", Options{}, []string{"q.example-a-951224221028;https://q.example/a;Tran;Stål;2024-03-26;;hamn;Ann"}},
	{"columns in Dutch", "Kop;Link;Publicatiedatum;Auteur;Trefwoorden;Samenvatting\nKraan;https://q.example/a;26-03-2024;Ann;haven;Staal\n", Options{}, []string{"q.example-a-951224221028;https://q.example/a;Kraan;Staal;2024-03-26;;haven;Ann"}},
	{"columns in Polish", "Tytuł;Adres;Data publikacji;Autor;Tagi;Zajawka\nDźwig;https://q.example/a;26.03.2024;Ann;port;Stal\n", Options{}, []string{"q.example-a-951224221028;https://q.example/a;Dźwig;Stal;2024-03-26;;port;Ann"}},
	{"columns in Russian", "Заголовок;Ссылка;Дата публикации;Автор;Теги;Аннотация\nКран;https://q.example/a;26.03.2024;Анна;порт;Сталь\n", Options{}, []string{"q.example-a-951224221028;https://q.example/a;Кран;Сталь;2024-03-26;;порт;Анна"}},
	{"columns in Chinese", "標題,網址,發布日期\n起重機,https://q.example/a,2024-03-26\n", Options{}, []string{"q.example-a-951224221028;https://q.example/a;起重機;;2024-03-26"}},
	{"the posts of WordPress as a table", "ID,post_title,post_status,post_type,post_password\n1,A,publish,post,\n2,B,publish,post,open sesame\n3,C,publish,nav_menu_item,\n4,D,publish,wp_block,\n5,E,draft,post,x\n", Options{}, []string{
		"1;;A", "1 entry with a password left out", "1 entry that is not a page of its own left out", "1 entry that is not a page of its own left out", "1 draft left out"}},
	{"a status of which no word is known", "ID,Headline,Status\n1,A,Ready\n2,B,Needs love\n", Options{}, []string{
		`S:2: status: "Ready" is not known; write published, draft or withdrawn; the row is left out; --map "Status=" takes all rows in, drafts too (warning)`,
		`S:3: status: "Needs love" is not known; write published, draft or withdrawn; the row is left out; --map "Status=" takes all rows in, drafts too (warning)`}},
	{"a status that --map leaves out", "ID,Headline,Status\n1,A,Ready\n", Options{Map: map[string]string{"Status": ""}}, []string{"1;;A"}},
	{"what hides where several columns say so", "ID,Headline,Status,Visibility,Archived\n1,A,published,public,no\n2,B,published,Members,no\n3,C,published,public,yes\n", Options{}, []string{
		"1;;A", "1 private entry left out", `1 entry in the trash left out, for "Archived" says so; --map "Archived=" takes it in`}},
	{"--map of a status beside others that hide", "ID,Headline,Workflow,Archived\n1,A,live,yes\n", Options{Map: map[string]string{"Workflow": "status"}}, []string{
		`1 entry in the trash left out, for "Archived" says so; --map "Archived=" takes it in`}},
	{"an event that is online", "ID,Headline,Online\n1,A,In the hall\n2,B,no\n", Options{}, []string{`S:1: Online: the column is left out; --map "Online=FIELD" takes it in (warning)`, "1;;A", "2;;B"}},
	{"--map takes in what a flag hides", "ID,Headline,Online\n1,A,yes\n2,B,no\n", Options{Map: map[string]string{"Online": ""}}, []string{"1;;A", "2;;B"}},
	{"flags that are numbers", "ID,Headline,Published\n1,A,1.0\n2,B,0.0\n", Options{}, []string{"1;;A", "1 draft left out"}},
	{"crosses in a column", "ID,Headline,Published\n1,A,x\n2,B,\n", Options{}, []string{"1;;A", `1 draft left out, for "Published" is blank; --map "Published=date" takes it in`}},
	{"published on no day", "ID,Headline,Published At\n1,A,2024-03-26\n2,B,\n", Options{}, []string{"1;;A;;2024-03-26", `1 draft left out, for "Published At" is blank; --map "Published At=date" takes it in`}},
	{"published on no day, and asked for", "ID,Headline,Published At\n1,A,2024-03-26\n2,B,\n", Options{Map: map[string]string{"Published At": "date"}}, []string{"1;;A;;2024-03-26", "2;;B"}},
	{"dates from and until which it is shown", "ID,Headline,Live Date,Expires\n1,A,2024-03-26,2099-01-01\n2,B,,2020-01-01\n3,C,soon,\n4,D,no,never\n", Options{}, []string{"1;;A", "1 expired entry left out",
		`S:4: visibleFrom: "soon" is not a date that is understood; the row is left out (warning)`, "4;;D"}},
	{"the category of what has none", "ID,Headline,Category\n1,A,Sin categoría|Quay\n2,B,Non classé\n", Options{}, []string{"1;;A;;;;Quay", "2;;B"}},
	{"draft: yes", "ID,Headline,Draft\n1,A,no\n2,B,yes\n", Options{}, []string{"1;;A", "1 draft left out"}},
}

// Whatever a site calls what it does not show, a table and JSON hide it alike, and
// show what stands beside it.
func TestHidden(t *testing.T) {
	for _, tt := range []struct{ name, shows, hides string }{
		{"Status", "опубликовано", "черновик"}, {"Status", "公開", "非公開"}, {"Status", "Yayında", "Taslak"}, {"Status", "Gepubliceerd", "Concept"},
		{"Status", "Opublikowany", "Szkic"}, {"Status", "Publicerad", "Utkast"}, {"Status", "Final", "WIP"}, {"Status", "✓", "✗"}, {"Статус", "опубликован", "на утверждении"},
		{"Approval Status", "Approved", "Pending"}, {"Statut", "publié", "brouillon"}, {"Workflow", "Published", "rejected"}, {"Stage", "PUBLISHED", "DRAFT"},
		{"publishStatus", "LIVE", "DRAFT"}, {"publicationStatus", "published", "unpublished"}, {"published_status", "published", "draft"}, {"currentState", "PUBLISHED", "DRAFT"},
		{"Visibility", "Public", "loginRequired"}, {"Access", "public", "members"}, {"Privacy", "public", "private"}, {"audience", "everyone", "only_paid"},
		{"Archived", "false", "true"}, {"Deleted", "0", "1"}, {"isDeleted", "no", "yes"}, {"Hidden", "no", "yes"}, {"Private", "no", "yes"}, {"is_private", "false", "true"}, {"Privat", "nein", "ja"},
		{"Internal only", "no", "yes"}, {"unpublished", "false", "true"}, {"deleted_at", "", "2024-03-26"}, {"hasPassword", "false", "true"}, {"members_only", "false", "true"},
		{"Public", "yes", "no"}, {"isPublic", "true", "false"}, {"publish", "true", "false"}, {"Active", "1", "0"}, {"Enabled", "1", "0"}, {"Visible", "oui", "non"}, {"is_visible", "1", "0"},
		{"Sichtbar", "ja", "nein"}, {"Online", "ja", "nein"}, {"Freigegeben", "ja", "nein"}, {"Approved", "yes", "no"}, {"Publicado", "sí", "no"}, {"Published", "1.0", "0.0"}, {"published_at", "2024-03-26", ""},
		{"Embargo", "2024-03-26", "2099-01-01"}, {"embargoUntil", "2024-03-26", "2099-01-01"}, {"publish_at", "2024-03-26", "2099-01-01"}, {"scheduledAt", "2024-03-26", "2099-01-01"},
		{"availableFrom", "2024-03-26", "2099-01-01"}, {"valid_from", "2024-03-26", "2099-01-01"}, {"expires", "2099-01-01", "2020-01-01"}, {"expirationDate", "2099-01-01", "2020-01-01"}, {"Unpublish date", "2099-01-01", "2020-01-01"},
	} {
		for form, in := range map[string]string{
			"table": fmt.Sprintf("Link,Headline,%s\n/a,Shown,%s\n/b,Hidden,%s\n", tt.name, tt.shows, tt.hides),
			"JSON":  fmt.Sprintf(`{"data":[{"url":"/a","headline":"Shown","%s":%q},{"url":"/b","headline":"Hidden","%[1]s":%[3]q}]}`, tt.name, tt.shows, tt.hides),
		} {
			seen, told := "", 0
			for r := range NewSource(strings.NewReader(in), "S").Records(t.Context(), Options{Now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}) {
				switch {
				case r.Err != nil:
					t.Errorf("%s: %v", in, r.Err)
				case r.Item != nil && r.Item.VisibleFrom.Year() < 2030:
					seen += r.Item.Title
				case r.Item != nil, r.Gone:
					told++
				}
			}
			if seen != "Shown" || told != 1 {
				t.Errorf("%s with %s %q and %q shows %q and hides %d", form, tt.name, tt.shows, tt.hides, seen, told)
			}
		}
	}
}

// Of several pictures the first is shown.
func TestFirstPicture(t *testing.T) {
	for _, in := range []string{
		"ID,Headline,Image URL\n1,A,https://q.example/a.jpg|https://q.example/b.jpg\n", "ID,Headline,Image URL\n1,A,\"https://q.example/a.jpg, https://q.example/b.jpg\"\n",
		`{"data":{"posts":{"nodes":[{"id":"1","title":"A","uri":"/c/","featuredImage":{"node":{"sourceUrl":"https://q.example/a.jpg","altText":"Alt"}}}]}}}`,
	} {
		for r := range Read(strings.NewReader(in), "S") {
			if r.Item != nil && (r.Item.Image == nil || r.Item.Image.URL != "https://q.example/a.jpg") {
				t.Errorf("%s has the picture %+v", in, r.Item.Image)
			}
		}
	}
}

func TestReadSheet(t *testing.T) {
	for _, tt := range sheetTests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readSheet(tt.in, tt.o)); diff != "" {
				t.Errorf("sheet %q (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

// What became of each column is said, and whatever was told from them.
func TestTable(t *testing.T) {
	in := "ID,Headline,SEO title,Permalink,Tags,Byline,Published,Views,Draft\n1,A,,/a,\"x, y\",\"Doe, Jane\",26/3/2024,7,no\n"
	for r := range Read(strings.NewReader(in), "S") {
		if r.Table == nil {
			t.Fatalf("the first record is %+v", r)
		}
		want := `Headline is title; SEO title is title, where "Headline" is blank; Permalink is url; Tags is topics, parted by ","; ` +
			`Byline is authors, one value a cell (--split says otherwise); Published is date; Draft is status; dates are day/month/year`
		if diff := cmp.Diff(want, r.Table.String()); diff != "" {
			t.Errorf("table (-want +got):\n%s", diff)
		}
		if c := r.Table.Columns[7]; c.Name != "Views" || c.Becomes() != "left out" {
			t.Errorf("column %+v becomes %q", c, c.Becomes())
		}
		break
	}
}

// Whatever a sheet holds, reading ends, in valid items and errors of one line
// each.
func FuzzSheet(f *testing.F) {
	for _, tt := range sheetTests {
		f.Add(tt.in, tt.o.Split, uint8(tt.o.Order))
	}
	f.Fuzz(func(t *testing.T, in, split string, order uint8) {
		o := Options{Split: split, Order: entry.Order(order % 3), Map: map[string]string{"x": "title"}}
		if order > 100 {
			o.Map = nil
		}
		for r := range NewSource(strings.NewReader(in), "S").Records(t.Context(), o) {
			switch {
			case r.Item != nil:
				if err := r.Item.Validate(); err != nil {
					t.Errorf("%q: item %+v: %v", in, *r.Item, err)
				}
			case r.Err != nil:
				if text := r.Err.Error(); strings.ContainsAny(text, "\r\n") || len(text) > 1000 {
					t.Errorf("%q: error %q", in, text)
				}
			case r.Table != nil:
				if text := r.Table.String(); strings.ContainsAny(text, "\r\n") {
					t.Errorf("%q: table %q", in, text)
				}
			}
		}
	})
}
