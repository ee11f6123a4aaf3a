package words

import (
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"akin/recommend"
)

// Langs are the languages that the pages speak, the first by default.
var Langs = []language.Tag{language.English, language.Spanish}

var pageLangMatcher = language.NewMatcher(Langs)

// Match returns the language of the pages, "en" or "es", that suits
// wanted, a BCP 47 tag or the value of an Accept-Language header. What it
// does not understand it takes for English.
func Match(wanted ...string) string {
	_, i := language.MatchStrings(pageLangMatcher, wanted...)
	base, _ := Langs[i].Base()
	return base.String()
}

// In returns the message under key in lang with args in the place of {0},
// {1} and so on. A key that is missing is returned as it is, so that a test
// finds it and a reader still sees something.
func In(lang, key string, args ...string) string {
	m, ok := messages()[key]
	if !ok {
		if m, ok = editorMessages()[key]; !ok {
			return key
		}
	}
	s := m.en
	if lang == "es" {
		s = m.es
	}
	for i, a := range args {
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i)+"}", a)
	}
	return s
}

// Count returns the message key+".one" or key+".many" with n in the place
// of {0}, grouped in thousands as the language does.
func Count(lang, key string, n int) string {
	if n == 1 {
		return In(lang, key+".one", "1")
	}
	return In(lang, key+".many", GroupDigits(lang, n))
}

// GroupDigits writes n with thousands apart: 1,234 in English; in Spanish
// 1234 and, from five digits on, 12 345 with a no-break space.
func GroupDigits(lang string, n int) string {
	s := strconv.Itoa(n)
	sep := ","
	if lang == "es" {
		if len(s) < 5 {
			return s
		}
		sep = "\u00a0"
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return s
}

// Byline joins the names of authors: "A", "A and B", "A, B and C". Every name
// is printed as it stands, however many there are.
func Byline(lang string, authors []string) string {
	switch n := len(authors); n {
	case 0:
		return ""
	case 1:
		return authors[0]
	default:
		last := authors[n-1]
		and := " and "
		if lang == "es" {
			and = " y "
			if soundsLikeI(last) {
				and = " e "
			}
		}
		return strings.Join(authors[:n-1], ", ") + and + last
	}
}

// soundsLikeI tells whether a Spanish name begins with the sound of i, before
// which "y" becomes "e": Isabel, Hidalgo, but not Hierro or Iago's diphthongs.
func soundsLikeI(name string) bool {
	s := strings.TrimPrefix(strings.ToLower(name), "h")
	if r, ok := strings.CutPrefix(s, "í"); ok {
		return r != ""
	}
	r, ok := strings.CutPrefix(s, "i")
	return ok && (r == "" || !strings.ContainsRune("aeouáéóú", []rune(r)[0]))
}

var monthNames = map[string][12]string{
	"en": {"January", "February", "March", "April", "May", "June", "July",
		"August", "September", "October", "November", "December"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
		"agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}

// PrintDate writes an item's date for readers: "March 2024" for "2024-03" and
// "March 26, 2024" for "2024-03-26"; "marzo de 2024" and "26 de marzo de
// 2024" in Spanish. Anything else gives nothing.
func PrintDate(lang, date string) string {
	layout := "2006-01-02"
	if len(date) == len("2006-01") {
		layout = "2006-01"
	}
	t, err := time.Parse(layout, date)
	if err != nil {
		return ""
	}
	month, year, day := monthNames[lang][t.Month()-1], strconv.Itoa(t.Year()), strconv.Itoa(t.Day())
	switch {
	case lang == "es" && layout == "2006-01":
		return month + " de " + year
	case lang == "es":
		return day + " de " + month + " de " + year
	case layout == "2006-01":
		return month + " " + year
	default:
		return month + " " + day + ", " + year
	}
}

// named returns the names of the language of tag, whose region and script do
// not matter, and whether they are known.
func named(tag string) (languageName, bool) {
	t, err := language.Parse(tag)
	if err != nil {
		return languageName{}, false
	}
	base, _ := t.Base()
	name, ok := languageNames()[base.String()]
	return name, ok
}

// LangName names a language in itself ("Español"), and falls back to the tag.
func LangName(tag string) string {
	n, ok := named(tag)
	if !ok || n.self == "" {
		return tag
	}
	name := []rune(n.self)
	name[0] = unicode.ToUpper(name[0])
	return string(name)
}

// LangNameIn names a language for readers of lang ("Spanish", "inglés"), and
// falls back to the tag.
func LangNameIn(lang, tag string) string {
	n, ok := named(tag)
	switch {
	case !ok:
		return tag
	case lang == "es":
		return n.spanish
	default:
		return n.english
	}
}

// TypeLabel prints the name of a kind of item. The commonest are translated;
// a site's own stay as they are.
func TypeLabel(lang, t string) string {
	if lang == "es" {
		if es, ok := typesInSpanish[t]; ok {
			return es
		}
	}
	return t
}

// TypeLabels joins the names of an item's kinds in their order.
func TypeLabels(lang string, types []string) string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = TypeLabel(lang, t)
	}
	return strings.Join(out, ", ")
}

// SectionTitle prints a section's title; those of the default sections are
// translated, a site's own stay as they are.
func SectionTitle(lang string, s recommend.Section) string {
	if lang == "es" {
		if es, ok := sectionsInSpanish[s.Title]; ok {
			return es
		}
		return TypeLabel(lang, s.Title)
	}
	return s.Title
}

var typesInSpanish = map[string]string{
	"Articles":      "Artículos",
	"Audio":         "Audio",
	"Books":         "Libros",
	"Briefs":        "Informes breves",
	"Columns":       "Columnas",
	"Commentaries":  "Comentarios",
	"Data":          "Datos",
	"Essays":        "Ensayos",
	"Events":        "Eventos",
	"Expert Q&A":    "Preguntas a expertos",
	"Explainers":    "Claves",
	"Fact Sheets":   "Hojas de datos",
	"Features":      "Reportajes",
	"Interviews":    "Entrevistas",
	"Maps":          "Mapas",
	"News":          "Noticias",
	"Podcasts":      "Pódcast",
	"Policy Briefs": "Informes de políticas",
	"Reports":       "Informes",
	"Reviews":       "Reseñas",
	"Video":         "Video",
	"Videos":        "Videos",
	"Webinars":      "Seminarios web",
}

var sectionsInSpanish = map[string]string{
	"Recent Activity": "Actividad reciente",
	"Recent activity": "Actividad reciente",
	"Recent":          "Reciente",
	"Latest":          "Lo último",
	"Multimedia":      "Multimedia",
	"All":             "Todo",
	"Everything":      "Todo",
	"Research":        "Investigación",
	"Publications":    "Publicaciones",
}

// A message is one text of the pages in both languages.
type message struct{ en, es string }

var messages = sync.OnceValue(func() map[string]message {
	return map[string]message{
		"about":              {"About", "Acerca de"},
		"all-topics":         {"All topics", "Todos los temas"},
		"also-in":            {"Also in", "También en"},
		"author":             {"Author", "Autor"},
		"both-about":         {"Both about: {0}", "Ambos tratan de: {0}"},
		"by":                 {"By", "Por"},
		"clear":              {"Clear filters", "Quitar filtros"},
		"clear-one":          {"Remove filter {0}", "Quitar el filtro {0}"},
		"dates":              {"Dates", "Fechas"},
		"editors":            {"For editors", "Para la redacción"},
		"empty-filter":       {"Nothing matches these filters.", "Nada coincide con estos filtros."},
		"empty-latest":       {"Nothing has been published yet. The next step for whoever runs this site: akin import FILE.", "Todavía no se ha publicado nada. El paso siguiente para quien lleva este sitio: akin import ARCHIVO."},
		"empty-section":      {"Nothing here yet.", "Todavía no hay nada aquí."},
		"empty-topics":       {"There are no topics yet. They appear with the first items that name them.", "Todavía no hay temas. Aparecen con los primeros contenidos que los nombren."},
		"featured":           {"Featured", "Destacados"},
		"feeds":              {"Feeds", "Canales"},
		"filter":             {"Filter", "Filtrar"},
		"filtered":           {"Filtered by", "Filtrado por"},
		"first-page":         {"Back to the first page", "Volver a la primera página"},
		"from":               {"From", "Desde"},
		"gone":               {"No longer available", "Ya no está disponible"},
		"gone-text":          {"This item was withdrawn by its publisher.", "Quien lo publicó ha retirado este contenido."},
		"home":               {"Start page", "Portada"},
		"image-credit":       {"Photo: {0}", "Foto: {0}"},
		"language":           {"Language", "Idioma"},
		"latest":             {"Latest", "Lo último"},
		"latest-reason":      {"New on this site", "Nuevo en este sitio"},
		"narrow":             {"Filter this page", "Filtrar esta página"},
		"newer":              {"Newer", "Más recientes"},
		"no-topics-here":     {"No topic here.", "Aquí no hay ningún tema."},
		"pages-after":        {"Next page", "Página siguiente"},
		"pages-before":       {"Previous page", "Página anterior"},
		"places":             {"{0} to {1} of {2}", "{0} a {1} de {2}"},
		"topics-with":        {"Topics whose title holds", "Temas cuyo título contiene"},
		"not-found":          {"Page not found", "Página no encontrada"},
		"not-found-near":     {"Perhaps you were looking for", "Quizás buscaba"},
		"not-found-text":     {"There is no page at this address.", "No hay ninguna página en esta dirección."},
		"nothing-related":    {"Nothing closely related has been published.", "No se ha publicado nada muy relacionado."},
		"older":              {"Older", "Más antiguos"},
		"other-reason":       {"other shared words", "otras palabras en común"},
		"pages":              {"Pages", "Páginas"},
		"pages-of":           {"Pages of {0}", "Páginas de {0}"},
		"part-of":            {"Part of", "Parte de"},
		"past-end":           {"There is nothing further in this list.", "No hay nada más en esta lista."},
		"pinned-reason":      {"Chosen by the editors", "Elegido por la redacción"},
		"program":            {"Program", "Programa"},
		"read-at":            {"Read it at {0}", "Leer en {0}"},
		"read-next":          {"Read next", "Qué leer después"},
		"related":            {"Related", "Relacionados"},
		"results":            {"Results", "Resultados"},
		"results.many":       {"{0} results", "{0} resultados"},
		"results.more":       {"The {0} best results", "Los {0} mejores resultados"},
		"results.none":       {"No results", "Sin resultados"},
		"results.one":        {"{0} result", "{0} resultado"},
		"score":              {"Similarity", "Parecido"},
		"search":             {"Search", "Buscar"},
		"search-all":         {"Search everything", "Buscar en todo"},
		"search-away":        {"Search is away at the moment. Please try again later.", "La búsqueda no está disponible en este momento. Inténtelo más tarde."},
		"search-for":         {"Search for", "Buscar"},
		"search-hint":        {"Try fewer or other words, or look through the topics.", "Pruebe con menos palabras o con otras, o recorra los temas."},
		"search-results":     {"Results for “{0}”", "Resultados para «{0}»"},
		"server-error":       {"Something went wrong", "Algo ha fallado"},
		"server-error-text":  {"The page could not be made. Please try again in a moment.", "No se ha podido crear la página. Inténtelo de nuevo en un momento."},
		"share-of-score":     {"Part of the score", "Parte del valor"},
		"sign-in":            {"Sign in", "Entrar"},
		"sign-out":           {"Sign out", "Salir"},
		"sign-in-text":       {"Editors sign in with the token that they were given.", "La redacción entra con la clave que se le ha dado."},
		"sign-in-wrong":      {"This token is not known.", "Esta clave no es válida."},
		"skip":               {"Skip to content", "Ir al contenido"},
		"subtopics":          {"Within this topic", "Dentro de este tema"},
		"term":               {"Shared words", "Palabras en común"},
		"to":                 {"To", "Hasta"},
		"token":              {"Token", "Clave"},
		"topic":              {"Topic", "Tema"},
		"topic-reason":       {"Same topic: {0}", "Mismo tema: {0}"},
		"topics":             {"Topics", "Temas"},
		"type":               {"Type", "Tipo"},
		"untitled":           {"Untitled", "Sin título"},
		"why":                {"Why this?", "¿Por qué esto?"},
		"year":               {"Year", "Año"},
		"tagline":            {"What else should I read?", "¿Qué más debería leer?"},
		"counted-first":      {"Counted over the newest {0} items.", "Contado en los {0} contenidos más recientes."},
		"author-reason":      {"same author", "mismo autor"},
		"time-reason":        {"close in time", "cercanos en el tiempo"},
		"bad-filter":         {"A date was not understood and is left out.", "No se ha entendido una fecha y no se tiene en cuenta."},
		"desk":               {"For editors", "Para la redacción"},
		"edit-this":          {"This page", "Esta página"},
		"original-lang-note": {"in {0}", "en {0}"},
	}
})
