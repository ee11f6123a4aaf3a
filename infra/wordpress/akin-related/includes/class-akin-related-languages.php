<?php
/**
 * Languages of posts, as Polylang and WPML keep them.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Which language a post is in, and which posts are versions of each other.
 */
class Akin_Related_Languages {

	/**
	 * Returns the language of a post: that of Polylang or WPML, else the site's.
	 *
	 * @param int $id Of the post.
	 * @return string A language tag, "de" or "pt-BR".
	 */
	public static function of( $id ) {
		$lang = '';
		if ( function_exists( 'pll_get_post_language' ) ) {
			$lang = self::tag( (string) pll_get_post_language( $id, 'slug' ) );
			if ( '' === $lang ) {
				$lang = self::tag( (string) pll_get_post_language( $id, 'locale' ) );
			}
		} elseif ( self::wpml() ) {
			// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WPML's own.
			$details = apply_filters( 'wpml_post_language_details', null, $id );
			$lang    = is_array( $details ) && isset( $details['locale'] ) ? self::tag( $details['locale'] ) : '';
		}
		/**
		 * Filters the language of a post, as a tag such as "pt-BR".
		 */
		return apply_filters( 'akin_related_language', '' !== $lang ? $lang : self::tag( get_bloginfo( 'language' ) ), $id );
	}

	/**
	 * Returns the language that the page is shown in; empty without Polylang and WPML.
	 *
	 * @return string As those name it, "de".
	 */
	public static function current() {
		if ( function_exists( 'pll_current_language' ) ) {
			return (string) pll_current_language( 'slug' );
		}
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WPML's own.
		return self::wpml() ? (string) apply_filters( 'wpml_current_language', '' ) : '';
	}

	/**
	 * Returns the versions of a post, itself among them.
	 *
	 * @param int $id Of the post.
	 * @return int[] Ids by language, as Polylang or WPML names it; empty if it has none.
	 */
	public static function versions( $id ) {
		$versions = array();
		if ( function_exists( 'pll_get_post_translations' ) ) {
			$versions = (array) pll_get_post_translations( $id );
		} elseif ( self::wpml() ) {
			$kind = 'post_' . get_post_type( $id );
			// phpcs:disable WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WPML's own.
			$group = apply_filters( 'wpml_element_trid', null, $id, $kind );
			$all   = $group ? apply_filters( 'wpml_get_element_translations', array(), $group, $kind ) : array();
			// phpcs:enable
			foreach ( (array) $all as $lang => $version ) {
				$versions[ $lang ] = (int) $version->element_id;
			}
		}
		/**
		 * Filters the versions of a post in other languages: ids by language.
		 */
		$versions = array_filter( array_map( 'intval', (array) apply_filters( 'akin_related_versions', $versions, $id ) ) );
		return count( $versions ) > 1 ? $versions : array();
	}

	/**
	 * Returns the version of a post that is the original for akin: the oldest one
	 * that is handed over, as for akin's own import.
	 *
	 * @param int $id Of the post.
	 * @return int 0 if it is the post itself.
	 */
	public static function original( $id ) {
		$versions = array_values( self::versions( $id ) );
		sort( $versions );
		foreach ( $versions as $other ) {
			if ( $other === (int) $id ) {
				return 0;
			}
			if ( Akin_Related_Item::visible( get_post( $other ) ) ) {
				return $other;
			}
		}
		return 0;
	}

	/**
	 * Says whether WPML is there.
	 *
	 * @return bool
	 */
	private static function wpml() {
		return defined( 'ICL_SITEPRESS_VERSION' );
	}

	/**
	 * Returns a language as a tag; empty if it is none.
	 *
	 * @param string $name A locale or a slug, "pt_BR".
	 * @return string
	 */
	private static function tag( $name ) {
		$name = preg_replace( '/_(formal|informal|ao90)$/', '', $name );
		$name = str_replace( '_', '-', $name );
		return preg_match( '/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/', $name ) ? $name : '';
	}
}
