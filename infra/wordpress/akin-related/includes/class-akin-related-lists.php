<?php
/**
 * Related lists, as akin gave them last.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the list of each post. A list is kept for good: what is old is shown as
 * long as nothing newer can be had. A page waits for akin a second at most, and
 * not at all while akin is away.
 */
class Akin_Related_Lists {

	/**
	 * Option: lists that were fetched before, in milliseconds, may have changed.
	 */
	const EPOCH = 'akin_related_epoch';

	const FRESH   = 300; // Seconds that a list is shown before a newer one is fetched in the background.
	const PATIENT = 120; // Seconds that a page leaves that to the background.
	const WAIT    = 1.0; // Seconds that a request for a page waits for lists, all in all.

	/**
	 * Seconds that this request has waited.
	 *
	 * @var float
	 */
	private static $waited = 0;

	/**
	 * Says that lists may have changed.
	 */
	public static function outdate() {
		update_option( self::EPOCH, Akin_Related_Table::now() );
	}

	/**
	 * Returns the entries of a post's list, as akin gave them.
	 *
	 * @param int $id Of the post.
	 * @return array[]
	 */
	public static function of( $id ) {
		$row     = Akin_Related_Table::row( $id );
		$fetched = $row ? (int) $row->fetched : 0;
		$since   = $row ? (int) $row->wanted : 0;
		$old     = $fetched < (int) get_option( self::EPOCH, 0 );
		/**
		 * Filters for how many seconds a list is fresh.
		 */
		$stale = $fetched + 1000 * (int) apply_filters( 'akin_related_fresh', self::FRESH ) < Akin_Related_Table::now();
		if ( $old || ( $stale && $since && $since + self::PATIENT < time() ) ) {
			$entries = self::fetch_now( $id, $row );
			if ( null !== $entries ) {
				return $entries;
			}
		}
		if ( ( $old || $stale ) && ! $since && '' !== Akin_Related_Settings::get( 'address' ) ) {
			Akin_Related_Table::set( $id, array( 'wanted' => time() ) );
			Akin_Related_Sender::come( 0 );
		}
		return $row && null !== $row->related ? (array) json_decode( $row->related, true ) : array();
	}

	/**
	 * Fetches a list while a page waits.
	 *
	 * @param int         $id  Of the post.
	 * @param object|null $row What is kept of it.
	 * @return array[]|null Null if it cannot be had in time.
	 */
	private static function fetch_now( $id, $row ) {
		$left = self::WAIT - self::$waited;
		if ( $left < 0.1 || Akin_Related_Client::away() || '' === Akin_Related_Settings::get( 'address' ) ) {
			return null;
		}
		$began         = microtime( true );
		$entries       = self::fetch( $id, $row, $left );
		self::$waited += microtime( true ) - $began;
		return is_wp_error( $entries ) ? null : $entries;
	}

	/**
	 * Fetches a list and keeps it.
	 *
	 * @param int         $id      Of the post.
	 * @param object|null $row     What is kept of it.
	 * @param float       $timeout Seconds.
	 * @return array[]|WP_Error
	 */
	public static function fetch( $id, $row, $timeout ) {
		$began = Akin_Related_Table::now();
		$post  = get_post( $id );
		$item  = $row && '' !== $row->item ? $row->item : ( $post ? Akin_Related_Item::id( $post ) : '' );
		if ( '' === $item ) {
			return array();
		}
		$answer  = Akin_Related_Client::ask(
			'GET',
			'/v1/items/' . rawurlencode( $item ) . '/related?limit=' . 2 * Akin_Related_Settings::MOST,
			array(
				'timeout' => $timeout,
				'secret'  => false,
			)
		);
		$entries = array();
		if ( is_wp_error( $answer ) ) {
			if ( ! in_array( Akin_Related_Client::status( $answer ), array( 404, 410 ), true ) ) {
				return $answer;
			}
		} elseif ( isset( $answer['body']['related'] ) && is_array( $answer['body']['related'] ) ) {
			$site    = isset( $answer['body']['site'] ) ? $answer['body']['site'] : '';
			$entries = array_map(
				function ( $entry ) use ( $site ) {
					return self::keep( $entry, $site );
				},
				$answer['body']['related']
			);
		}
		Akin_Related_Table::set(
			$id,
			array(
				'item'    => $item,
				'related' => Akin_Related_Client::json( $entries ),
				'fetched' => $began,
				'wanted'  => 0,
			)
		);
		return $entries;
	}

	/**
	 * Returns what is kept of an entry.
	 *
	 * @param array  $entry As akin gave it.
	 * @param string $site  What relative addresses are relative to.
	 * @return array
	 */
	private static function keep( $entry, $site ) {
		$kept = array_intersect_key( $entry, array_flip( array( 'id', 'url', 'title', 'lang', 'date', 'tier', 'companion' ) ) );
		if ( isset( $kept['url'] ) && '' !== $site ) {
			$kept['url'] = WP_Http::make_absolute_url( $kept['url'], $site );
		}
		if ( isset( $entry['image']['url'] ) ) {
			$kept['image'] = '' !== $site ? WP_Http::make_absolute_url( $entry['image']['url'], $site ) : $entry['image']['url'];
		}
		if ( isset( $entry['why'] ) && is_array( $entry['why'] ) ) {
			$terms       = array_column( $entry['why'], 'term' );
			$kept['why'] = array_slice( array_values( array_diff( $terms, array( 'other' ) ) ), 0, 3 );
		}
		return $kept;
	}

	/**
	 * Fetches lists that pages wait for, and those that were never fetched, so that
	 * there is one to show if akin goes away.
	 *
	 * @param float $seconds That it may take, and a request more.
	 */
	public static function refresh( $seconds ) {
		global $wpdb;
		$end = microtime( true ) + $seconds;
		if ( '' === Akin_Related_Settings::get( 'address' ) ) {
			return;
		}
		$name = Akin_Related_Table::name();
		// phpcs:disable WordPress.DB -- a name of this plugin.
		$rows = array_merge(
			$wpdb->get_results( "SELECT post_id, item FROM $name WHERE wanted > 0 ORDER BY wanted LIMIT 500" ),
			$wpdb->get_results( "SELECT post_id, item FROM $name WHERE state = 1 AND fetched = 0 LIMIT 500" )
		);
		// phpcs:enable
		foreach ( $rows as $row ) {
			if ( microtime( true ) > $end || Akin_Related_Client::away() || is_wp_error( self::fetch( (int) $row->post_id, $row, 5 ) ) ) {
				break;
			}
		}
	}

	/**
	 * Returns what of a post's list may be shown now: posts of this site as they are at
	 * this moment, in the language of the page where they have it, and works of others
	 * as akin told of them.
	 *
	 * @param int $id     Of the post.
	 * @param int $number Entries at most.
	 * @return array[] With 'title', 'url', 'lang', 'date' (Unix time, 0 or a text), 'post' (its number, 0 for works of others),
	 *                 'image' (an address), 'why' (words).
	 */
	public static function shown( $id, $number ) {
		$entries = self::of( $id );
		$posts   = Akin_Related_Table::posts( array_column( $entries, 'id' ) );
		_prime_post_caches( array_values( $posts ), false, true );
		$language = Akin_Related_Languages::current();
		$versions = Akin_Related_Languages::versions( $id );
		$seen     = array_merge( array( (int) $id ), array_values( $versions ) );
		$shown    = array();
		foreach ( $entries as $entry ) {
			$other = isset( $posts[ $entry['id'] ] ) ? $posts[ $entry['id'] ] : 0;
			if ( $other ) {
				$theirs = '' !== $language ? Akin_Related_Languages::versions( $other ) : array();
				if ( isset( $theirs[ $language ] ) && Akin_Related_Item::visible( get_post( $theirs[ $language ] ) ) ) {
					$other = $theirs[ $language ];
				}
				if ( in_array( $other, $seen, true ) || ! Akin_Related_Item::visible( get_post( $other ) ) ) {
					continue;
				}
				$seen[] = $other;
			}
			$shown[] = self::entry( $entry, $other );
			if ( count( $shown ) >= $number ) {
				break;
			}
		}
		/**
		 * Filters what a post's list shows.
		 */
		return (array) apply_filters( 'akin_related_entries', $shown, $id );
	}

	/**
	 * Returns an entry as it is shown.
	 *
	 * @param array $entry As akin gave it.
	 * @param int   $post  Its number; 0: a work of others.
	 * @return array As shown() has it.
	 */
	private static function entry( $entry, $post ) {
		$entry = array_merge(
			array(
				'id'    => '',
				'url'   => '',
				'title' => '',
				'lang'  => '',
				'date'  => '',
				'image' => '',
				'tier'  => '',
				'why'   => array(),
			),
			$entry
		);
		if ( $post ) {
			$entry['url']   = (string) get_permalink( $post );
			$entry['title'] = Akin_Related_Text::plain( get_the_title( $post ) );
			$entry['lang']  = Akin_Related_Languages::of( $post );
			$entry['date']  = (string) get_the_date( 'Y-m-d', $post );
			$entry['image'] = '';
		}
		if ( '' === $entry['title'] ) {
			$entry['title'] = $entry['url'];
		}
		$entry['post'] = $post;
		return $entry;
	}
}
