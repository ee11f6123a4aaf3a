<?php
/**
 * Commands for WP-CLI.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Hands posts over to akin, and says how that stands.
 */
class Akin_Related_Command {

	/**
	 * Hands over all public posts, and has withdrawn what is not public any more.
	 *
	 * ## EXAMPLES
	 *
	 *     wp akin sync
	 */
	public function sync() {
		$after   = 0;
		$read    = 0;
		$refused = 0;
		$total   = Akin_Related_Sync::total();
		do {
			$step = Akin_Related_Sync::step( $after );
			if ( is_wp_error( $step ) ) {
				WP_CLI::error( $step->get_error_message() );
				return;
			}
			foreach ( $step['refused'] as $post ) {
				WP_CLI::warning( sprintf( '%d "%s": %s', $post['post'], $post['title'], $post['error'] ) );
			}
			$after    = $step['after'];
			$read    += $step['read'];
			$refused += count( $step['refused'] );
			if ( $step['read'] ) {
				WP_CLI::log( "$read of $total" );
			}
			if ( function_exists( 'wp_cache_flush_runtime' ) && function_exists( 'wp_cache_supports' ) && wp_cache_supports( 'flush_runtime' ) ) {
				wp_cache_flush_runtime(); // So that memory does not grow with the site.
			}
		} while ( ! $step['finished'] );
		WP_CLI::success( sprintf( '%d posts handed over, %d refused%s', $read - $refused, $refused, $step['indexing'] ? '; akin makes its first lists now' : '' ) );
	}

	/**
	 * Tries the connection.
	 *
	 * ## EXAMPLES
	 *
	 *     wp akin test
	 */
	public function test() {
		$found = Akin_Related_Client::test( Akin_Related_Settings::get( 'address' ), Akin_Related_Settings::token() );
		if ( is_wp_error( $found ) ) {
			WP_CLI::error( $found->get_error_message() );
			return;
		}
		WP_CLI::success( sprintf( 'akin %s, which knows %d works', $found['version'], $found['items'] ) );
	}

	/**
	 * Says what waits to be handed over.
	 *
	 * ## EXAMPLES
	 *
	 *     wp akin status
	 */
	public function status() {
		$count = Akin_Related_Table::count();
		WP_CLI::log( sprintf( '%d posts at akin, %d changes wait, %d of them refused', $count['shown'], $count['waiting'], $count['refused'] ) );
		$away = Akin_Related_Client::away();
		if ( $away ) {
			WP_CLI::warning( sprintf( 'akin is away; it is asked again in %d s', $away - time() ) );
		}
	}
}
