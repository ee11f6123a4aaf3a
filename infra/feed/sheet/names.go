package sheet

import (
	"slices"
	"strings"
	"sync"

	"akin/infra/feed/entry"
)

// Fields that a column can be, beside those of an item.
const (
	fieldUpdated = "updated" // the time of the last change: the date where there is no other
	fieldSlug    = "slug"    // names the item where it has neither an id nor an address
	fieldUntil   = "until"   // the time from which on the item is not shown
)

// Fields are the fields of an item that a column can be, in the order in which
// they are documented.
var Fields = []string{
	"id", "url", "title", "summary", "body", "lang", "types", "topics", "authors", "date", "sortDate", "visibleFrom",
	"image.url", "image.alt", "image.credit", "translationOf", "aliases", "version", "status",
}

// lists are the fields that hold arrays.
var lists = []string{"types", "topics", "authors", "aliases"}

// otherNames are what columns are called elsewhere, folded as [entry.Fold] does it.
// The first of a field's names counts most where several columns have one.
var otherNames = map[string]string{
	"id": "id guid uuid itemid contentid nodeid nid postid articleid storyid identifier externalid recordid kennung identificador identifiant identificativo codigo",
	"url": "url permalink link canonical canonicalurl canonicallink fullurl publicurl liveurl urlalias address webaddress weblink href uri loc location webpage pageurl pagelink path " +
		"adresse webadresse internetadresse enlace direccion direccionweb lien adresseweb indirizzo collegamento endereco ligacao " +
		"lank webbadress adres adresstrony łacze odkaz ссылка посилання адрес 網址 网址 链接 連結 リンク 주소 링크 webadres",
	"title": "title headline head hed heading pagetitle seotitle h1 name label subject " +
		"titulo titular encabezado titre intitule titel uberschrift ueberschrift schlagzeile titolo manchete nombre " +
		"kop rubrik overskrift otsikko tytuł nagłowek nazov nazev nadpis baslık заголовок название назва 標題 标题 題名 タイトル 제목",
	"summary": "summary excerpt standfirst dek deck teaser abstract description metadescription intro introduction lead lede blurb synopsis subtitle subheadline subhead subhed subheading shortdescription " +
		"resumen extracto entradilla bajada descripcion sumario resume extrait chapo chapeau description accroche " +
		"zusammenfassung auszug beschreibung kurzbeschreibung vorspann anreisser kurztext untertitel riassunto estratto descrizione sommario occhiello resumo excerto descricao lide subtitulo " +
		"ingress sammanfattning samenvatting beschrijving inleiding sammendrag tiivistelma zajawka streszczenie opis popis shrnuti ozet аннотация описание анонс опис 摘要 概要 要約 요약",
	"body": "body content text fulltext bodytext bodyhtml contenthtml articlebody maintext contentencoded html copy article transcript " +
		"contenido texto cuerpo textocompleto contenu texte corps inhalt volltext haupttext artikeltext contenuto testo corpo conteudo " +
		"brodtext tekst inhoud tresc obsah icerik metin текст содержание 正文 内容 本文 본문 내용",
	"lang": "lang language locale langcode languagecode langue idioma lengua sprache lingua " +
		"sprak taal sprog kieli jezyk jazyk dil язык мова 語言 语言 言語 언어",
	"types": "types type contenttype kind format posttype genre articletype mediatype " +
		"tipo tipos tipodecontenido genero art typ inhaltstyp formato genre typedecontenu",
	"topics": "topics topic tags tag categories category section sections subject subjects keywords keyword channel desk vertical beat series taxonomy terms theme themes " +
		"temas tema etiquetas etiqueta categorias categoria seccion secciones palabrasclave sujets sujet themes thematique thematiques categorie rubrique rubriques etiquettes motscles motcle " +
		"themen thema schlagworter schlagwort schlagworte schlagwoerter stichworte stichworter kategorie kategorien rubrik rubriken ressort " +
		"argomenti argomento temi categorie sezione sezioni parolechiave tag assuntos assunto secao secoes seccao marcadores palavraschave editoria " +
		"taggar amnen kategorier trefwoorden onderwerpen rubrieken categorieen emneord emner avainsanat tagi kategoria słowakluczowe stitky rubriky etiketler kategoriler теги рубрика рубрики темы категория ключевыеслова 標籤 标签 分類 分类 タク カテコリ 태그 카테고리",
	"authors": "authors author byline bylines writer writers by creator dccreator authorname displayname contributor contributors reporter reporters coauthor coauthors columnist authorusername authordisplayname " +
		"autor autores autora firma auteur auteurs signature autoren autorin verfasser autore autori firma " +
		"forfattare skribent schrijver forfatter kirjoittaja autorzy yazar автор авторы автори 作者 著者 저자 작성자",
	"date": "date published publishedat publisheddate publishedon publishdate publishtime publishedtime datepublished dateofpublication publicationdate publication_date pubdate pubtime firstpublished firstpublishedat issued releasedate releasedat golive day datetime timestamp postdate dccdate dcdate " +
		"fecha fechadepublicacion fechapublicacion publicado publicadoel datedepublication datepublication publie publiele datedeparution parution " +
		"datum veroffentlicht veroffentlichtam veroffentlichungsdatum veroeffentlicht veroeffentlichtam erschienen erschienenam erscheinungsdatum publikationsdatum " +
		"data datadipubblicazione datapubblicazione pubblicato pubblicatoil datadepublicacao datapublicacao publicadoem " +
		"created createdat createdon datecreated creationdate cree creele creado creadoel erstellt erstelltam creato criado " +
		"publiceringsdatum publicerad publicatiedatum gepubliceerd publiceringsdato udgivelsesdato publiseringsdato dato julkaistu paivamaara datapublikacji opublikowano datumvydani datumzverejneni yayıntarihi tarih дата датапубликации опубликовано датапублікаціі 發布日期 发布日期 日期 公開日 日付 날짜 게시일",
	"sortDate":    "sortdate",
	"visibleFrom": entry.FromNames,
	"image.url": "imageurl image imagelink imagesrc imageaddress thumbnail thumbnailurl thumb picture pictureurl photo photourl featuredimage featuredimageurl featuredmedia heroimage leadimage mainimage coverimage cover ogimage imagefeatured " +
		"imagen imagenurl foto fotos imagendestacada imagemdestacada bild bildurl titelbild aufmacherbild vorschaubild beitragsbild immagine immagineinevidenza imagem imagemurl miniatura imagealaune vignette illustration " +
		"afbeelding billede bilde kuva obraz zdjecie obrazek gorsel изображение картинка 圖片 图片 画像 이미지",
	"image.alt":    "imagealt alt alttext imagealttext thumbnailalt photoalt imagedescription imagecaption photocaption caption textoalternativo bildbeschreibung alttag testoalternativo textealternatif piedefoto legende bildunterschrift didascalia legenda",
	"image.credit": "imagecredit credit photocredit picturecredit credits photographer copyright imagesource fotograf bildnachweis bildquelle creditos creditophoto fotografo creditphoto photographe creditofoto",

	"translationOf": "translationof originalid translationoriginal translatedfrom",
	"aliases":       "aliases alias oldurl oldurls formerurl formerurls previousurl redirectfrom redirects redirectsfrom",
	"version":       "version revision",
	fieldUpdated:    "updated updatedat updatedon lastupdated modified modifiedat modifiedon modifieddate lastmodified lastmod datemodified dateupdated postmodified changed lastchanged actualizado fechadeactualizacion misajour misajourle modifiele modifie derniermodification modificado datedemiseajour aktualisiert aktualisiertam geandert geandertam zuletztgeandert aggiornato modificato atualizado",
	fieldSlug:       "slug urlslug postname urlname handle",
	fieldUntil:      entry.UntilNames,
}

// names leads from a folded name to its field, and to how much it counts there:
// less is more.
var names = sync.OnceValue(func() map[string]place {
	m := map[string]place{}
	for _, field := range append(slices.Clone(Fields), fieldUpdated, fieldSlug, fieldUntil) {
		for i, name := range strings.Fields(otherNames[field]) {
			if _, there := m[name]; !there {
				m[name] = place{field, i}
			}
		}
	}
	return m
})

type place struct {
	field string
	rank  int
}

// fieldOf returns the field that a column's name stands for.
func fieldOf(name string) (place, bool) {
	if slices.Contains(Fields, name) {
		return place{name, -1}, true
	}
	for k, folded := range entry.Names(name) {
		if p, ok := names()[folded]; ok {
			p.rank += 100 * min(k, 1)
			return p, true
		}
	}
	if _, ok := entry.SignOf(name); ok {
		return place{field: "status"}, true
	}
	return place{}, false
}

// langNames are languages by their names, which sheets hold instead of codes.
var langNames = func() map[string]string {
	m := map[string]string{}
	for code, all := range map[string]string{
		"en": "english ingles anglais englisch inglese", "es": "spanish espanol castellano espagnol spanisch spagnolo espanhol",
		"fr": "french francais frances franzosisch francese", "de": "german deutsch aleman allemand tedesco alemao",
		"it": "italian italiano italien italienisch", "pt": "portuguese portugues portugais portugiesisch portoghese",
		"nl": "dutch nederlands holandes neerlandais niederlandisch", "ca": "catalan catala", "pl": "polish polski", "ru": "russian русскии",
		"uk": "ukrainian украінська", "tr": "turkish turkce", "ar": "arabic العربية", "zh": "chinese 中文", "ja": "japanese 日本語", "ko": "korean 한국어",
		"sv": "swedish svenska", "da": "danish dansk", "no": "norwegian norsk", "fi": "finnish suomi", "el": "greek ελληνικα", "cs": "czech cestina",
		"hu": "hungarian magyar", "ro": "romanian romana", "he": "hebrew עברית", "fa": "persian farsi فارسی", "hi": "hindi हिनदी", "eu": "basque euskara", "gl": "galician galego",
	} {
		for name := range strings.FieldsSeq(all) {
			m[name] = code
		}
	}
	return m
}()
