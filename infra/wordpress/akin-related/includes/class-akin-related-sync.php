<?php
/**
 * Hands over all posts.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Walks over the public posts in steps, lowest number first, so that originals come
 * before their translations. Done twice, it changes nothing the second time.
 */
class Akin_Related_Sync {

	const STEP  = 50;      // Posts of a step at most.
	const BYTES = 4000000; // Of the lines of a step; akin takes 5 MB.
	const LINE  = 524288;  // Bytes of a line that akin takes.

	/**
	 * Counts the posts that a sync hands over.
	 *
	 * @return int
	 */
	public static function total() {
		global $wpdb;
		$types = Akin_Related_Settings::types();
		if ( ! $types ) {
			return 0;
		}
		// phpcs:ignore WordPress.DB -- marks for values.
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM {$wpdb->posts} WHERE post_status = 'publish' AND post_password = '' AND post_type IN (" . implode( ',', array_fill( 0, count( $types ), '%s' ) ) . ')', $types ) );
	}

	/**
	 * Hands over the next posts.
	 *
	 * @param int $after Number of the last post that was handed over; 0: begin.
	 * @return array|WP_Error With 'after', 'read' (posts of this step), 'refused' (of them, a list with 'post', 'title', 'error'),
	 *                        'finished', and 'indexing' (whether akin makes its first lists).
	 */
	public static function step( $after ) {
		global $wpdb;
		if ( ! Akin_Related_Settings::connected() ) {
			return new WP_Error( 'akin_off', __( 'Set the address of akin first, and save.', 'akin-related' ) );
		}
		$types = Akin_Related_Settings::types();
		$posts = array();
		if ( $types ) {
			$marks = implode( ',', array_fill( 0, count( $types ), '%s' ) );
			// phpcs:ignore WordPress.DB -- marks for values.
			$posts = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE ID > %d AND post_status = 'publish' AND post_password = '' AND post_type IN ($marks) ORDER BY ID LIMIT %d", array_merge( array( $after ), $types, array( self::STEP ) ) ) );
		}
		if ( ! $posts ) {
			return self::finish( $after );
		}
		_prime_post_caches( $posts, true, true );
		$lines   = array();
		$bytes   = 0;
		$refused = array();
		$read    = 0;
		$version = Akin_Related_Table::now();
		foreach ( $posts as $id ) {
			$post = get_post( $id );
			if ( Akin_Related_Item::visible( $post ) ) {
				$line = Akin_Related_Client::json( array_merge( Akin_Related_Item::of( $post ), array( 'version' => $version ) ) );
				if ( $bytes + strlen( $line ) > self::BYTES ) {
					break; // The next step has it.
				}
				$bytes       += strlen( $line ) + 1;
				$lines[ $id ] = $line;
			}
			$after = (int) $id;
			++$read;
		}
		if ( $lines ) {
			$answer = Akin_Related_Client::ask(
				'POST',
				'/v1/items',
				array(
					'body'    => implode( "\n", $lines ),
					'timeout' => 120,
				)
			);
			if ( is_wp_error( $answer ) ) {
				return $answer;
			}
			$refused = self::results( array_keys( $lines ), (string) $answer['body'], $version );
			Akin_Related_Lists::outdate();
		}
		return array(
			'after'    => $after,
			'read'     => $read,
			'refused'  => $refused,
			'finished' => false,
			'indexing' => false,
		);
	}

	/**
	 * Notes what became of posts.
	 *
	 * @param int[]  $ids     Of the posts, in order.
	 * @param string $answer  A line of JSON each.
	 * @param int    $version That they were given.
	 * @return array[] Those that were refused.
	 */
	private static function results( $ids, $answer, $version ) {
		$refused = array();
		foreach ( preg_split( '/\n/', $answer, -1, PREG_SPLIT_NO_EMPTY ) as $text ) {
			$line = json_decode( $text, true );
			$at   = isset( $line['line'] ) ? (int) $line['line'] - 1 : -1;
			if ( ! isset( $ids[ $at ] ) ) {
				continue;
			}
			$post = get_post( $ids[ $at ] );
			$row  = (object) array(
				'post_id' => $post->ID,
				'tries'   => 0,
			);
			if ( 'stale' === $line['result'] ) { // Akin has a later version, of another clock; the queue sees to that.
				Akin_Related_Table::note( array( $post->ID => Akin_Related_Item::id( $post ) ) );
				continue;
			}
			if ( 'rejected' === $line['result'] ) {
				$refused[] = array(
					'post'  => $post->ID,
					'title' => Akin_Related_Text::plain( get_the_title( $post ) ),
					'error' => (string) $line['error'],
				);
				Akin_Related_Table::note( array( $post->ID => Akin_Related_Item::id( $post ) ) );
				$row->changed = (int) Akin_Related_Table::row( $post->ID )->changed;
				Akin_Related_Sender::refused( $row, Akin_Related_Item::id( $post ), new WP_Error( 'akin_refused', $line['error'], array( 'status' => 422 ) ) );
				continue;
			}
			$now          = Akin_Related_Table::row( $post->ID );
			$row->changed = $now && (int) $now->changed < $version ? (int) $now->changed : -1;
			Akin_Related_Table::set( $post->ID, array( 'version' => $version ) );
			Akin_Related_Sender::done( $row, Akin_Related_Item::id( $post ), true, $version );
			Akin_Related_Sender::name( $post, 5 );
		}
		return $refused;
	}

	/**
	 * Ends a sync: has withdrawn what visitors no longer see, and lists made where there are none.
	 *
	 * @param int $after As of step().
	 * @return array As of step().
	 */
	private static function finish( $after ) {
		global $wpdb;
		$name = Akin_Related_Table::name();
		// phpcs:ignore WordPress.DB -- a name of this plugin.
		$ids = $wpdb->get_col( "SELECT t.post_id FROM $name t LEFT JOIN {$wpdb->posts} p ON p.ID = t.post_id AND p.post_status = 'publish' AND p.post_password = '' WHERE t.state = 1 AND p.ID IS NULL" );
		Akin_Related_Table::note( array_fill_keys( array_map( 'intval', $ids ), '' ) );
		Akin_Related_Sender::send( 10 );
		$indexing = false;
		$status   = Akin_Related_Client::ask( 'GET', '/v1/status' );
		if ( ! is_wp_error( $status ) && isset( $status['body']['generation'] ) && 0 === $status['body']['generation'] && $status['body']['items'] > 0 ) {
			$started  = Akin_Related_Client::ask( 'POST', '/v1/reindex' );
			$indexing = ! is_wp_error( $started ) || 409 === Akin_Related_Client::status( $started );
		}
		Akin_Related_Lists::outdate();
		Akin_Related_Sender::schedule();
		return array(
			'after'    => $after,
			'read'     => 0,
			'refused'  => array(),
			'finished' => true,
			'indexing' => $indexing,
		);
	}
}
