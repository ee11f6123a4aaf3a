<?php
/**
 * Text as akin takes it.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Makes ids, and texts without markup, exactly as akin does when it imports a
 * WordPress (infra/feed/entry in its source): so an imported site and this plugin
 * name the same posts.
 */
class Akin_Related_Text {

	const SUMMARY = 500; // Bytes of a summary that is the beginning of a text.

	/**
	 * Returns the id that a guid or an address becomes.
	 *
	 * @param string $guid Of a post.
	 * @return string 1 to 200 of A-Z a-z 0-9 . _ ~ -, or empty for an empty guid.
	 */
	public static function id( $guid ) {
		$guid = trim( $guid );
		if ( '' === $guid || preg_match( '/^[A-Za-z0-9._~-]{1,200}$/D', $guid ) && '.' !== $guid && '..' !== $guid ) {
			return $guid;
		}
		$text = strpos( $guid, '://' ) === false ? $guid : substr( $guid, strpos( $guid, '://' ) + 3 );
		$id   = self::cut( implode( '-', preg_split( '/[^A-Za-z0-9._]+/', $text, -1, PREG_SPLIT_NO_EMPTY ) ), 120 );
		return ( '' === $id ? 'entry' : $id ) . '-' . substr( hash( 'sha256', $guid ), 0, 12 );
	}

	/**
	 * Replaces what a pattern matches. A text that is too much for it stays as it is.
	 *
	 * @param string $pattern Regular expression.
	 * @param string $with    What to put there.
	 * @param string $text    Text.
	 * @return string
	 */
	private static function replace( $pattern, $with, $text ) {
		$replaced = preg_replace( $pattern, $with, $text );
		return null === $replaced ? $text : $replaced;
	}

	/**
	 * Returns the text of HTML, on one line.
	 *
	 * @param string $html Markup.
	 * @return string
	 */
	public static function plain( $html ) {
		$html = self::replace( '/<!--.*?(-->|$)/s', '', $html );
		$html = self::replace( '~<(script|style)\b.*?(</\1\s*>|$)~is', ' ', $html );
		$html = self::replace( '~<[A-Za-z/!?](?:=\s*"[^"]*"|=\s*\'[^\']*\'|[^>])*?(>|$)~', ' ', $html );
		return self::one_line( html_entity_decode( $html, ENT_QUOTES | ENT_HTML5, 'UTF-8' ) );
	}

	/**
	 * Returns a text without line breaks, and with single spaces.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	public static function one_line( $text ) {
		return trim( self::replace( '/[\s\p{Z}\p{Cc}]+/u', ' ', wp_check_invalid_utf8( $text, true ) ) );
	}

	/**
	 * Returns a title or an excerpt as text; as HTML if the text would be taken for that.
	 *
	 * @param string $html Markup.
	 * @return string
	 */
	public static function flat( $html ) {
		$plain = self::plain( $html );
		return false === strpbrk( $plain, '<&' ) ? $plain : $html;
	}

	/**
	 * Drops shortcodes that nothing has replaced; what stands between them stays.
	 *
	 * @param string $text Text or HTML.
	 * @return string
	 */
	public static function drop_codes( $text ) {
		$text = self::replace( '~\[[A-Za-z][\w:-]{0,60}(\s+[^\]\[]*=[^\]\[]*)\s*/?\]~', ' ', $text );
		return self::replace( '~\[/[A-Za-z][\w:-]{0,60}\]~', ' ', $text );
	}

	/**
	 * Cuts a text between characters.
	 *
	 * @param string $text Text in UTF-8.
	 * @param int    $most Bytes at most.
	 * @return string
	 */
	public static function cut( $text, $most ) {
		if ( strlen( $text ) <= $most ) {
			return $text;
		}
		while ( $most > 0 && 0x80 === ( ord( $text[ $most ] ) & 0xC0 ) ) {
			--$most;
		}
		return substr( $text, 0, $most );
	}

	/**
	 * Cuts a text between words, and says so by an ellipsis.
	 *
	 * @param string $text Text in UTF-8, on one line.
	 * @param int    $most Bytes at most.
	 * @return string
	 */
	public static function shorten( $text, $most ) {
		if ( strlen( $text ) <= $most ) {
			return $text;
		}
		$text  = self::cut( $text, $most - strlen( '…' ) );
		$space = strrpos( $text, ' ' );
		if ( false !== $space && $space > intdiv( strlen( $text ), 2 ) ) {
			$text = substr( $text, 0, $space );
		}
		return self::replace( '/[\s\p{P}]+$/u', '', $text ) . '…';
	}

	/**
	 * Returns the first picture of a text.
	 *
	 * @param string $html Markup.
	 * @return array With 'url' and 'alt'; empty without one.
	 */
	public static function first_picture( $html ) {
		if ( ! preg_match_all( '/<img\b[^>]*>/i', $html, $tags ) ) {
			return array();
		}
		foreach ( $tags[0] as $tag ) {
			$has = array();
			preg_match_all( '/\s([A-Za-z-]+)\s*=\s*("([^"]*)"|\'([^\']*)\')/', $tag, $pairs, PREG_SET_ORDER );
			foreach ( $pairs as $pair ) {
				$has[ strtolower( $pair[1] ) ] = trim( html_entity_decode( isset( $pair[4] ) ? $pair[4] : $pair[3], ENT_QUOTES | ENT_HTML5, 'UTF-8' ) );
			}
			foreach ( array( 'data-src', 'data-lazy-src', 'data-original', 'src' ) as $name ) {
				if ( ! empty( $has[ $name ] ) && strpos( $has[ $name ], 'data:' ) !== 0 ) {
					return array(
						'url' => $has[ $name ],
						'alt' => isset( $has['alt'] ) ? $has['alt'] : '',
					);
				}
			}
		}
		return array();
	}
}
