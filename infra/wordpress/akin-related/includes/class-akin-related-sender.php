<?php
/**
 * Hands posts over to akin.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Empties the queue, in the order of the changes: at the end of the request that
 * changed a post, and by WP-Cron what that could not. One process does so at a time.
 */
class Akin_Related_Sender {

	const WORK   = 'akin_related_work';   // Event: something waits.
	const HOURLY = 'akin_related_hourly'; // Event: something may have been forgotten.
	const LOCK   = 'akin_related_lock';   // Option: until when one process hands over.
	const NAMED  = 'akin_related_topic';  // Meta of a term: the name that akin was told.

	const HOLD = 60; // Seconds after which a lock is that of a process that died.

	/**
	 * Listens to WP-Cron.
	 */
	public static function hook() {
		add_action( self::WORK, array( __CLASS__, 'work' ) );
		add_action( self::HOURLY, array( __CLASS__, 'work' ) );
		add_action( 'admin_init', array( __CLASS__, 'keep' ) );
	}

	/**
	 * Has the hourly event.
	 */
	public static function keep() {
		if ( ! wp_next_scheduled( self::HOURLY ) ) {
			wp_schedule_event( time() + wp_rand( 60, HOUR_IN_SECONDS ), 'hourly', self::HOURLY );
		}
	}

	/**
	 * Removes all events.
	 */
	public static function unschedule() {
		wp_clear_scheduled_hook( self::WORK );
		wp_clear_scheduled_hook( self::HOURLY );
	}

	/**
	 * Does what waits, for half a minute at most.
	 */
	public static function work() {
		self::send( 15 );
		Akin_Related_Lists::refresh( 15 );
		self::schedule();
	}

	/**
	 * Has WP-Cron come when the next thing is due.
	 */
	public static function schedule() {
		global $wpdb;
		if ( ! Akin_Related_Settings::connected() ) {
			return;
		}
		$name = Akin_Related_Table::name();
		// phpcs:disable WordPress.DB -- a name of this plugin.
		$due = $wpdb->get_var( "SELECT MIN(due) FROM $name WHERE changed > 0" );
		if ( $wpdb->get_var( "SELECT 1 FROM $name WHERE wanted > 0 LIMIT 1" ) || $wpdb->get_var( "SELECT 1 FROM $name WHERE state = 1 AND fetched = 0 LIMIT 1" ) ) {
			$due = 0;
		}
		// phpcs:enable
		if ( null !== $due ) {
			self::come( (int) $due );
		}
	}

	/**
	 * Has WP-Cron come at a time, or when akin is asked again.
	 *
	 * @param int $due Unix time; past ones mean now.
	 */
	public static function come( $due ) {
		$due  = max( $due, time(), Akin_Related_Client::away() );
		$next = wp_next_scheduled( self::WORK );
		if ( $next && $next <= $due ) {
			return;
		}
		wp_clear_scheduled_hook( self::WORK ); // WordPress takes no second one within ten minutes.
		wp_schedule_single_event( $due, self::WORK );
	}

	/**
	 * Hands over what is due.
	 *
	 * @param float $seconds That it may take, and a request more.
	 */
	public static function send( $seconds ) {
		global $wpdb;
		$end = microtime( true ) + $seconds;
		if ( ! Akin_Related_Settings::connected() || Akin_Related_Client::away() || ! self::lock() ) {
			self::schedule();
			return;
		}
		$told = 0; // Since when lists may show what pages do not know of.
		$more = true;
		while ( $more ) {
			// phpcs:ignore WordPress.DB -- a name of this plugin.
			$rows = $wpdb->get_results( $wpdb->prepare( 'SELECT post_id, item, state, version, changed, tries FROM ' . Akin_Related_Table::name() . ' WHERE changed > 0 AND due <= %d ORDER BY changed, post_id LIMIT 20', time() ) );
			$more = 20 === count( $rows );
			foreach ( $rows as $row ) {
				$left = $end - microtime( true );
				if ( $left <= 0 ) {
					$more = false;
					break;
				}
				update_option( self::LOCK, time() + self::HOLD, false );
				$answer = self::tell( $row, max( 1, min( 10, $left ) ) );
				if ( ! is_wp_error( $answer ) && ! $told ) {
					$told = microtime( true );
				}
				if ( $told && $told + 0.5 < microtime( true ) ) {
					Akin_Related_Lists::outdate();
					$told = 0;
				}
				if ( is_wp_error( $answer ) && Akin_Related_Client::out( $answer ) ) {
					$more = false;
					break;
				}
			}
		}
		if ( $told ) {
			Akin_Related_Lists::outdate();
		}
		delete_option( self::LOCK );
		self::schedule();
	}

	/**
	 * Takes the lock.
	 *
	 * @return bool False while another process has it.
	 */
	private static function lock() {
		global $wpdb;
		// add_option would ask a cache.
		// phpcs:ignore WordPress.DB -- only the database can say who was first.
		$mine = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %d, 'no')", self::LOCK, time() + self::HOLD ) );
		if ( ! $mine ) {
			// phpcs:ignore WordPress.DB -- as above.
			$mine = $wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %d WHERE option_name = %s AND CAST(option_value AS UNSIGNED) < %d", time() + self::HOLD, self::LOCK, time() ) );
		}
		wp_cache_delete( self::LOCK, 'options' );
		$none = wp_cache_get( 'notoptions', 'options' );
		if ( isset( $none[ self::LOCK ] ) ) {
			unset( $none[ self::LOCK ] );
			wp_cache_set( 'notoptions', $none, 'options' );
		}
		return (bool) $mine;
	}

	/**
	 * Tells akin of one post, as it is now, and notes what came of it.
	 *
	 * @param object $row     Of the queue.
	 * @param float  $timeout Seconds.
	 * @return array|WP_Error What akin answered.
	 */
	private static function tell( $row, $timeout ) {
		$id      = (int) $row->post_id;
		$version = max( Akin_Related_Table::now(), (int) $row->version + 1 );
		$post    = self::read( $id );
		$shown   = Akin_Related_Item::visible( $post );
		$item    = $post ? Akin_Related_Item::id( $post ) : $row->item;
		if ( ! $shown && Akin_Related_Table::WITHDRAWN === (int) $row->state || '' === $item ) {
			self::done( $row, $item, $shown, (int) $row->version );
			return array();
		}
		$answer = self::put( $item, $post, $shown, $version, $timeout );
		if ( is_wp_error( $answer ) && 409 === Akin_Related_Client::status( $answer ) ) {
			// Akin has a later version, from another clock or another source. What the post is now is newer all the same.
			$problem = $answer->get_error_data()['problem'];
			$version = max( $version, isset( $problem['storedVersion'] ) ? (int) $problem['storedVersion'] : 0 ) + 1;
			$post    = self::read( $id );
			$shown   = Akin_Related_Item::visible( $post );
			$answer  = self::put( $item, $post, $shown, $version, $timeout );
		}
		if ( is_wp_error( $answer ) ) {
			self::refused( $row, $item, $answer );
			return $answer;
		}
		if ( $shown ) {
			self::name( $post, $timeout );
		}
		self::done( $row, $item, $shown, $version );
		return $answer;
	}

	/**
	 * Reads a post from the database, as it is now: another process may have changed it
	 * since this one saw it.
	 *
	 * @param int $id Of the post.
	 * @return WP_Post|null
	 */
	private static function read( $id ) {
		wp_cache_delete( $id, 'posts' );
		wp_cache_delete( $id, 'post_meta' );
		$post = get_post( $id );
		foreach ( $post ? get_object_taxonomies( $post ) : array() as $taxonomy ) {
			wp_cache_delete( $id, $taxonomy . '_relationships' );
		}
		return $post;
	}

	/**
	 * Sends a post, or that it is gone.
	 *
	 * @param string  $item    Id at akin.
	 * @param WP_Post $post    The post.
	 * @param bool    $shown   Whether visitors may read it.
	 * @param int     $version To give it.
	 * @param float   $timeout Seconds.
	 * @return array|WP_Error
	 */
	private static function put( $item, $post, $shown, $version, $timeout ) {
		if ( ! $shown ) {
			return Akin_Related_Client::ask( 'DELETE', '/v1/items/' . rawurlencode( $item ) . '?version=' . $version, array( 'timeout' => $timeout ) );
		}
		return Akin_Related_Client::ask(
			'PUT',
			'/v1/items/' . rawurlencode( $item ),
			array(
				'body'    => array_merge( Akin_Related_Item::of( $post ), array( 'version' => $version ) ),
				'timeout' => $timeout,
			)
		);
	}

	/**
	 * Notes that akin knows of a change. If the post changed again meanwhile, it waits
	 * still; the row of one that is gone goes too.
	 *
	 * @param object $row     As it was read.
	 * @param string $item    Id at akin.
	 * @param bool   $shown   What akin was told.
	 * @param int    $version That it holds.
	 */
	public static function done( $row, $item, $shown, $version ) {
		global $wpdb;
		$name = Akin_Related_Table::name();
		// phpcs:disable WordPress.DB -- a name of this plugin.
		$wpdb->query(
			$wpdb->prepare(
				"UPDATE $name SET item = %s, state = %d, version = %d, tries = 0, error = '', changed = IF(changed = %d, 0, changed) WHERE post_id = %d",
				$item,
				$shown ? Akin_Related_Table::SHOWN : Akin_Related_Table::WITHDRAWN,
				$version,
				$row->changed,
				$row->post_id
			)
		);
		if ( ! $shown && ! get_post( $row->post_id ) ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM $name WHERE post_id = %d AND changed = 0", $row->post_id ) );
		}
		// phpcs:enable
	}

	/**
	 * Notes why akin did not take a post, and when to try again.
	 *
	 * @param object   $row   As it was read.
	 * @param string   $item  Id at akin.
	 * @param WP_Error $error What akin said.
	 */
	public static function refused( $row, $item, $error ) {
		if ( 0 === Akin_Related_Client::status( $error ) ) {
			return; // It is away, which is nothing about this post.
		}
		global $wpdb;
		$wait = min( HOUR_IN_SECONDS, 15 * pow( 2, min( 10, (int) $row->tries ) ) ) * ( 0.75 + wp_rand( 0, 500 ) / 1000 );
		// phpcs:ignore WordPress.DB -- a name of this plugin.
		$wpdb->query( $wpdb->prepare( 'UPDATE ' . Akin_Related_Table::name() . ' SET item = %s, tries = tries + 1, due = %d, error = %s WHERE post_id = %d AND changed = %d', $item, time() + (int) $wait, Akin_Related_Text::cut( $error->get_error_message(), 500 ), $row->post_id, $row->changed ) );
	}

	/**
	 * Tells akin what the topics of a post are called. What editors wrote there stays.
	 *
	 * @param WP_Post $post    A post.
	 * @param float   $timeout Seconds.
	 */
	public static function name( $post, $timeout ) {
		foreach ( Akin_Related_Item::topics( $post ) as $slug => $term ) {
			$title = Akin_Related_Text::shorten( Akin_Related_Text::plain( $term->name ), Akin_Related_Item::MOST_TITLE );
			$told  = (string) get_term_meta( $term->term_id, self::NAMED, true );
			if ( '' === $title || $told === $title ) {
				continue;
			}
			$path  = '/v1/topics/' . rawurlencode( $slug );
			$topic = Akin_Related_Client::ask( 'GET', $path, array( 'timeout' => $timeout ) );
			if ( is_wp_error( $topic ) ) { // It waits for the post's next change.
				if ( Akin_Related_Client::out( $topic ) ) {
					return;
				}
				continue;
			}
			$now = isset( $topic['body']['title'] ) ? $topic['body']['title'] : (string) $slug;
			if ( $now !== $title && ( (string) $slug === $now || $told === $now ) ) {
				$answer = Akin_Related_Client::ask(
					'PUT',
					$path,
					array(
						'body'    => array_merge( $topic['body'], array( 'title' => $title ) ),
						'timeout' => $timeout,
					)
				);
				if ( is_wp_error( $answer ) ) {
					continue;
				}
			}
			update_term_meta( $term->term_id, self::NAMED, wp_slash( $title ) );
		}
	}
}
