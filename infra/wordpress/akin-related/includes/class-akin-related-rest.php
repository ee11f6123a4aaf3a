<?php
/**
 * What the editor and the settings page ask this site for.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Routes below akin-related/v1. They stand between the browser and akin, so that
 * the token never leaves this server.
 */
class Akin_Related_Rest {

	const SPACE = 'akin-related/v1';

	/**
	 * Registers the routes.
	 */
	public static function hook() {
		add_action( 'rest_api_init', array( __CLASS__, 'register' ) );
	}

	/**
	 * Registers the routes.
	 */
	public static function register() {
		$administer = function () {
			return current_user_can( 'manage_options' );
		};
		$text       = array(
			'type'    => 'string',
			'default' => '',
		);
		self::route( '/test', 'POST', 'test', $administer, array( 'address' => $text, 'token' => $text ) ); // phpcs:ignore WordPress.Arrays
		self::route( '/sync', 'POST', 'sync', $administer, array( 'after' => array( 'type' => 'integer', 'default' => 0, 'minimum' => 0 ) ) ); // phpcs:ignore WordPress.Arrays
		self::route( '/posts/(?P<id>\d+)', 'GET', 'related', array( __CLASS__, 'may_edit' ), array() );
		self::route(
			'/posts/(?P<id>\d+)/decide',
			'POST',
			'decide',
			array( __CLASS__, 'may_decide' ),
			array(
				'action' => array(
					'type'     => 'string',
					'enum'     => array( 'pin', 'unpin', 'block', 'unblock' ),
					'required' => true,
				),
				'other'  => array(
					'type'     => 'string',
					'pattern'  => '^[A-Za-z0-9._~-]{1,200}$',
					'required' => true,
				),
			)
		);
		self::route(
			'/posts/(?P<id>\d+)/suggest',
			'POST',
			'suggest',
			array( __CLASS__, 'may_edit' ),
			array(
				'title'   => $text,
				'content' => $text,
				'excerpt' => $text,
			)
		);
		self::route(
			'/posts/(?P<id>\d+)/search',
			'GET',
			'search',
			array( __CLASS__, 'may_edit' ),
			array(
				'q' => array(
					'type'      => 'string',
					'minLength' => 1,
					'maxLength' => 200,
					'required'  => true,
				),
			)
		);
	}

	/**
	 * Registers a route.
	 *
	 * @param string   $path   Below the namespace.
	 * @param string   $method HTTP method.
	 * @param string   $does   Method of this class that answers.
	 * @param callable $may    Says who may.
	 * @param array    $args   Parameters.
	 */
	private static function route( $path, $method, $does, $may, $args ) {
		register_rest_route(
			self::SPACE,
			$path,
			array(
				'methods'             => $method,
				'callback'            => array( __CLASS__, $does ),
				'permission_callback' => $may,
				'args'                => $args,
			)
		);
	}

	/**
	 * Says whether a user may edit the post.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return bool
	 */
	public static function may_edit( $request ) {
		return current_user_can( 'edit_post', (int) $request['id'] );
	}

	/**
	 * Says whether a user may decide what stands beside the post, and so, as a block holds
	 * either way, beside others' posts.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return bool
	 */
	public static function may_decide( $request ) {
		return self::may_edit( $request ) && self::decides();
	}

	/**
	 * Says whether a user decides on related lists at all.
	 *
	 * @return bool
	 */
	private static function decides() {
		/**
		 * Filters the capability that pinning and blocking ask for.
		 */
		return current_user_can( apply_filters( 'akin_related_decide_capability', 'edit_others_posts' ) );
	}

	/**
	 * Returns an error as REST gives it.
	 *
	 * @param WP_Error $error Of akin.
	 * @return WP_Error
	 */
	private static function error( $error ) {
		$status = Akin_Related_Client::status( $error );
		if ( 0 === $status && 'akin_away' === $error->get_error_code() ) {
			/* translators: %s: what the network says. */
			return new WP_Error( 'akin_away', sprintf( __( 'akin does not answer (%s). Pages show the lists that they have.', 'akin-related' ), $error->get_error_message() ), array( 'status' => 502 ) );
		}
		return new WP_Error( $error->get_error_code(), $error->get_error_message(), array( 'status' => 412 === $status ? 409 : 502 ) );
	}

	/**
	 * Tries an address and a token; the stored one if none is given and the address is the stored one.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return array|WP_Error
	 */
	public static function test( $request ) {
		$address = Akin_Related_Settings::address( $request['address'] );
		$token   = trim( $request['token'] );
		if ( '' === $token && Akin_Related_Settings::get( 'address' ) === $address ) {
			$token = Akin_Related_Settings::token(); // Of another address it is none of its business.
		}
		$found = Akin_Related_Client::test( $request['address'], $token );
		if ( is_wp_error( $found ) ) {
			$found->add_data( array( 'status' => 422 ) );
			return $found;
		}
		/* translators: 1: a version, 2: a number of works. */
		$found['message'] = sprintf( __( 'Connected: akin %1$s, which knows %2$s works.', 'akin-related' ), $found['version'], number_format_i18n( $found['items'] ) );
		return $found;
	}

	/**
	 * Hands over some posts.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return array|WP_Error
	 */
	public static function sync( $request ) {
		$step = Akin_Related_Sync::step( (int) $request['after'] );
		if ( is_wp_error( $step ) ) {
			return self::error( $step );
		}
		$step['total'] = Akin_Related_Sync::total();
		return $step;
	}

	/**
	 * Answers the list of a post as it is now, and what editors decided about it.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return array|WP_Error
	 */
	public static function related( $request ) {
		$post  = get_post( (int) $request['id'] );
		$item  = Akin_Related_Item::id( $post );
		$known = Akin_Related_Client::ask( 'GET', '/v1/items/' . rawurlencode( $item ) . '/related?limit=' . Akin_Related_Settings::MOST );
		if ( is_wp_error( $known ) ) {
			if ( in_array( Akin_Related_Client::status( $known ), array( 404, 410 ), true ) ) {
				return array( 'known' => false );
			}
			return self::error( $known );
		}
		$curation = Akin_Related_Client::ask( 'GET', '/v1/items/' . rawurlencode( $item ) . '/curation' );
		if ( is_wp_error( $curation ) ) {
			return self::error( $curation );
		}
		$entries = $known['body']['related'];
		return array(
			'known'   => true,
			'decides' => self::decides(),
			'entries' => array_map( array( __CLASS__, 'entry' ), $entries ),
			'pins'    => self::titled( $curation['body'], 'pins', $entries ),
			'blocks'  => self::titled( $curation['body'], 'blocks', $entries ),
		);
	}

	/**
	 * Returns an entry as the editor needs it.
	 *
	 * @param array $entry As akin gave it.
	 * @return array
	 */
	private static function entry( $entry ) {
		return array(
			'id'    => $entry['id'],
			'title' => isset( $entry['title'] ) ? $entry['title'] : $entry['id'],
			'url'   => isset( $entry['url'] ) ? esc_url_raw( $entry['url'], array( 'http', 'https' ) ) : '',
			'tier'  => isset( $entry['tier'] ) ? $entry['tier'] : '',
			'why'   => isset( $entry['why'] ) ? array_slice( array_values( array_diff( array_column( $entry['why'], 'term' ), array( 'other' ) ) ), 0, 3 ) : array(),
		);
	}

	/**
	 * Returns the works of decisions with their titles.
	 *
	 * @param array   $curation As akin gave it.
	 * @param string  $kind     'pins' or 'blocks'.
	 * @param array[] $entries  Whose titles are known.
	 * @return array[]
	 */
	private static function titled( $curation, $kind, $entries ) {
		$ids    = isset( $curation[ $kind ] ) ? array_column( $curation[ $kind ], 'id' ) : array();
		$titles = array_column( $entries, 'title', 'id' );
		$works  = array();
		foreach ( $ids as $id ) {
			$posts = isset( $titles[ $id ] ) ? array() : Akin_Related_Table::posts( array( $id ) );
			$title = isset( $titles[ $id ] ) ? $titles[ $id ] : $id;
			if ( isset( $posts[ $id ] ) && current_user_can( 'read_post', $posts[ $id ] ) ) {
				$title = Akin_Related_Text::plain( get_the_title( $posts[ $id ] ) );
			}
			$works[] = array(
				'id'    => $id,
				'title' => $title,
			);
		}
		return $works;
	}

	/**
	 * Pins or blocks a work beside a post, or takes that back. It holds at once.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return array|WP_Error The list as it is then.
	 */
	public static function decide( $request ) {
		$post = get_post( (int) $request['id'] );
		$path = '/v1/items/' . rawurlencode( Akin_Related_Item::id( $post ) ) . '/curation';
		$now  = Akin_Related_Client::ask( 'GET', $path );
		if ( is_wp_error( $now ) ) {
			return self::error( $now );
		}
		$curation = (array) $now['body'];
		foreach ( array( 'pins', 'blocks' ) as $kind ) {
			$works = array_values(
				array_filter(
					isset( $curation[ $kind ] ) ? $curation[ $kind ] : array(),
					function ( $work ) use ( $request ) {
						return $work['id'] !== $request['other'];
					}
				)
			);
			if ( 'pins' === $kind && 'pin' === $request['action'] || 'blocks' === $kind && 'block' === $request['action'] ) {
				$works[] = array( 'id' => $request['other'] );
			}
			$curation[ $kind ] = $works;
		}
		/* translators: %s: a user's name. */
		$note   = sprintf( __( 'by %s, in WordPress', 'akin-related' ), wp_get_current_user()->display_name );
		$answer = Akin_Related_Client::ask(
			'PUT',
			$path . '?note=' . rawurlencode( $note ),
			array(
				'body'  => (object) array_filter( $curation ),
				'match' => $now['tag'],
			)
		);
		if ( is_wp_error( $answer ) ) {
			return self::error( $answer );
		}
		Akin_Related_Lists::outdate();
		return self::related( $request );
	}

	/**
	 * Suggests topics for a text that is being written, and names what it is near to.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return array|WP_Error
	 */
	public static function suggest( $request ) {
		$post   = get_post( (int) $request['id'] );
		$item   = array_filter(
			array(
				'id'      => Akin_Related_Item::id( $post ),
				'title'   => Akin_Related_Text::shorten( Akin_Related_Text::plain( $request['title'] ), Akin_Related_Item::MOST_TITLE ),
				'summary' => Akin_Related_Text::shorten( Akin_Related_Text::plain( $request['excerpt'] ), Akin_Related_Item::MOST_SUMMARY ),
				'body'    => Akin_Related_Text::cut( wp_check_invalid_utf8( $request['content'], true ), Akin_Related_Item::MOST_BODY ),
				'lang'    => Akin_Related_Languages::of( $post->ID ),
				'topics'  => array_keys( Akin_Related_Item::topics( $post ) ),
			)
		);
		$answer = Akin_Related_Client::ask( 'POST', '/v1/related?limit=6', array( 'body' => $item ) );
		if ( is_wp_error( $answer ) ) {
			return self::error( $answer );
		}
		$copies = array();
		foreach ( $answer['body']['nearDuplicates'] as $copy ) {
			$copies[] = self::entry( $copy );
		}
		return array(
			'terms'   => self::terms( $answer['body']['suggestedTopics'], $post ),
			'entries' => array_map( array( __CLASS__, 'entry' ), $answer['body']['related'] ),
			'copies'  => $copies,
		);
	}

	/**
	 * Returns the categories and tags of topics; those that are none of this site's are left out.
	 *
	 * @param array[] $topics As akin suggests them.
	 * @param WP_Post $post   The post, whose taxonomies count.
	 * @return array[]
	 */
	private static function terms( $topics, $post ) {
		$terms = array();
		foreach ( $topics as $topic ) {
			foreach ( get_object_taxonomies( $post, 'objects' ) as $taxonomy ) {
				$term = Akin_Related_Item::taxonomy( $taxonomy ) ? get_term_by( 'slug', $topic['topic'], $taxonomy->name ) : false;
				if ( $term && current_user_can( $taxonomy->cap->assign_terms ) ) {
					$terms[] = array(
						'id'       => $term->term_id,
						'name'     => Akin_Related_Text::plain( $term->name ),
						'taxonomy' => $taxonomy->labels->singular_name,
						'field'    => $taxonomy->rest_base ? $taxonomy->rest_base : $taxonomy->name,
						'sure'     => (int) round( 100 * $topic['confidence'] ),
					);
					break;
				}
			}
		}
		return $terms;
	}

	/**
	 * Searches for works to pin.
	 *
	 * @param WP_REST_Request $request Asked for.
	 * @return array|WP_Error
	 */
	public static function search( $request ) {
		$answer = Akin_Related_Client::ask( 'GET', '/v1/search?limit=8&q=' . rawurlencode( $request['q'] ), array( 'secret' => false ) );
		if ( is_wp_error( $answer ) ) {
			return self::error( $answer );
		}
		return array_map( array( __CLASS__, 'entry' ), $answer['body']['results'] );
	}
}
