<?php
/**
 * The words of lists.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Says what stands around entries in the language of the page, which on a site of
 * several languages is not always that of WordPress. The words are those of akin's widget.
 */
class Akin_Related_Words {

	const RELATED   = 0;
	const ABOUT     = 1;
	const TIERS     = array(
		'topic'  => 2,
		'latest' => 3,
		'pinned' => 4,
	);
	const COMPANION = 5;

	/**
	 * Words by language.
	 *
	 * @var array[]|null
	 */
	private static $all = null;

	/**
	 * Returns a word.
	 *
	 * @param int    $which Its place.
	 * @param string $lang  Language tag of the page, "pt-BR".
	 * @return string In English where the language has none.
	 */
	public static function get( $which, $lang ) {
		if ( null === self::$all ) {
			self::$all = (array) json_decode( (string) file_get_contents( dirname( AKIN_RELATED_FILE ) . '/words.json' ), true ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- a file of this plugin.
		}
		$base = strtolower( strtok( $lang, '-' ) );
		return isset( self::$all[ $base ][ $which ] ) ? self::$all[ $base ][ $which ] : self::$all['en'][ $which ];
	}

	/**
	 * Returns the heading of a list.
	 *
	 * @param string $lang Language tag of the page.
	 * @return string
	 */
	public static function heading( $lang ) {
		$heading = (string) Akin_Related_Settings::get( 'heading' );
		/**
		 * Filters the heading of lists that name none of their own.
		 */
		return (string) apply_filters( 'akin_related_heading', '' !== $heading ? $heading : self::get( self::RELATED, $lang ), $lang );
	}

	/**
	 * Returns why an entry stands in a list.
	 *
	 * @param array  $entry Of Akin_Related_Lists::shown().
	 * @param string $lang  Language tag of the page.
	 * @return string Empty where nothing is to be said.
	 */
	public static function reason( $entry, $lang ) {
		if ( ! empty( $entry['companion'] ) ) {
			return self::get( self::COMPANION, $lang );
		}
		if ( isset( self::TIERS[ $entry['tier'] ] ) ) {
			return self::get( self::TIERS[ $entry['tier'] ], $lang );
		}
		return $entry['why'] ? self::get( self::ABOUT, $lang ) . implode( ', ', $entry['why'] ) : '';
	}
}
