<?php
/**
 * What is kept of each post.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * The plugin's table: a row for each post that akin knows of, or is to know of.
 *
 * - post_id: the post, which may be deleted by now.
 * - item: its id at akin.
 * - state: UNKNOWN, SHOWN or WITHDRAWN at akin, as far as is known here.
 * - version: that akin holds; versions are milliseconds, so that a later one is larger.
 * - changed: when the post changed last and akin was not told, in milliseconds; 0: akin was told.
 * - due, tries, error: when to try next, how often it failed, and why.
 * - related, fetched: the list that akin gave, JSON, and when, in milliseconds; 0: never.
 * - wanted: since when a page waits for a newer list, Unix time; 0: none does.
 */
class Akin_Related_Table {

	const UNKNOWN   = 0;
	const SHOWN     = 1;
	const WITHDRAWN = 2;

	const FORMAT = 'akin_related_format'; // Option: the form of the table.
	const NOW    = 1;                     // That this file makes.

	/**
	 * Has the table made where it is missing, on each site of a network when it is first seen.
	 */
	public static function hook() {
		add_action( 'init', array( __CLASS__, 'make' ), 1 );
	}

	/**
	 * Makes the table.
	 */
	public static function make() {
		if ( self::NOW === (int) get_option( self::FORMAT ) ) {
			return;
		}
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			'CREATE TABLE ' . self::name() . " (
			post_id bigint(20) unsigned NOT NULL,
			item varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
			state tinyint(4) NOT NULL DEFAULT 0,
			version bigint(20) unsigned NOT NULL DEFAULT 0,
			changed bigint(20) unsigned NOT NULL DEFAULT 0,
			due bigint(20) unsigned NOT NULL DEFAULT 0,
			tries smallint(5) unsigned NOT NULL DEFAULT 0,
			error varchar(500) NOT NULL DEFAULT '',
			related mediumtext,
			fetched bigint(20) unsigned NOT NULL DEFAULT 0,
			wanted bigint(20) unsigned NOT NULL DEFAULT 0,
			PRIMARY KEY  (post_id),
			KEY item (item),
			KEY changed (changed),
			KEY wanted (wanted),
			KEY shown (state,fetched)
			) " . $wpdb->get_charset_collate() . ';'
		);
		update_option( self::FORMAT, self::NOW );
	}

	/**
	 * Returns the table's name.
	 *
	 * @return string
	 */
	public static function name() {
		global $wpdb;
		return $wpdb->prefix . 'akin_related';
	}

	/**
	 * Returns the time.
	 *
	 * @return int Milliseconds since 1970.
	 */
	public static function now() {
		return (int) floor( microtime( true ) * 1000 );
	}

	/**
	 * Returns the row of a post.
	 *
	 * @param int $id Of the post.
	 * @return object|null
	 */
	public static function row( $id ) {
		global $wpdb;
		return $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM ' . self::name() . ' WHERE post_id = %d', $id ) ); // phpcs:ignore WordPress.DB -- a name of this file; what is read must be as it is now.
	}

	/**
	 * Returns the posts of items.
	 *
	 * @param string[] $items Ids at akin.
	 * @return int[] Posts by item.
	 */
	public static function posts( $items ) {
		global $wpdb;
		$posts = array();
		if ( $items ) {
			$marks = implode( ',', array_fill( 0, count( $items ), '%s' ) );
			// phpcs:ignore WordPress.DB -- names of this file and marks for values.
			foreach ( $wpdb->get_results( $wpdb->prepare( 'SELECT item, post_id FROM ' . self::name() . " WHERE item IN ($marks)", $items ) ) as $row ) {
				$posts[ $row->item ] = (int) $row->post_id;
			}
		}
		return $posts;
	}

	/**
	 * Sets columns of a post's row, which is made if it is missing.
	 *
	 * @param int   $id     Of the post.
	 * @param array $values By column.
	 */
	public static function set( $id, $values ) {
		global $wpdb;
		$sets = array();
		foreach ( array_keys( $values ) as $column ) {
			$sets[] = "$column = VALUES($column)";
		}
		$values = array_merge( array( 'post_id' => $id ), $values );
		$marks  = array_map(
			function ( $value ) {
				return is_int( $value ) ? '%d' : '%s';
			},
			array_values( $values )
		);
		// phpcs:ignore WordPress.DB -- names of this file and marks for values.
		$wpdb->query( $wpdb->prepare( 'INSERT INTO ' . self::name() . ' (' . implode( ',', array_keys( $values ) ) . ') VALUES (' . implode( ',', $marks ) . ') ON DUPLICATE KEY UPDATE ' . implode( ', ', $sets ), array_values( $values ) ) );
	}

	/**
	 * Notes that posts changed, and are to be handed over at once.
	 *
	 * @param array $items Ids at akin by post; empty where it will be found later.
	 */
	public static function note( $items ) {
		global $wpdb;
		foreach ( array_chunk( $items, 500, true ) as $part ) {
			$marks  = array();
			$values = array();
			foreach ( $part as $id => $item ) {
				$marks[] = '(%d,%s,%d,%d)';
				array_push( $values, $id, $item, self::now(), time() );
			}
			// phpcs:ignore WordPress.DB -- names of this file and marks for values.
			$wpdb->query( $wpdb->prepare( 'INSERT INTO ' . self::name() . ' (post_id, item, changed, due) VALUES ' . implode( ',', $marks ) . " ON DUPLICATE KEY UPDATE item = IF(item = '', VALUES(item), item), changed = GREATEST(changed + 1, VALUES(changed)), due = VALUES(due), tries = 0, error = ''", $values ) );
		}
	}

	/**
	 * Forgets what akin knows, as there is another one. Lists stay until it has given others.
	 */
	public static function forget() {
		global $wpdb;
		$wpdb->query( 'UPDATE ' . self::name() . ' SET state = 0, version = 0' ); // phpcs:ignore WordPress.DB -- a name of this file.
	}

	/**
	 * Counts posts.
	 *
	 * @return array With 'shown', 'waiting' and 'refused'.
	 */
	public static function count() {
		global $wpdb;
		$name = self::name();
		// phpcs:disable WordPress.DB -- a name of this file.
		return array(
			'shown'   => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $name WHERE state = 1" ),
			'waiting' => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $name WHERE changed > 0" ),
			'refused' => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $name WHERE changed > 0 AND error <> ''" ),
		);
		// phpcs:enable
	}
}
