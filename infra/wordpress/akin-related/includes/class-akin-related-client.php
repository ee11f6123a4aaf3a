<?php
/**
 * Speaks with akin.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Requests to akin, and whether it is away. While it is, nobody waits for it: see away().
 */
class Akin_Related_Client {

	/**
	 * Option: until when akin is not asked, and how often it has failed in a row.
	 */
	const AWAY = 'akin_related_away';

	const BLINK   = 5;   // Seconds that akin is not asked after its first failure.
	const LONGEST = 120; // Seconds that it is not asked after many.

	/**
	 * Seconds that may pass until a connection stands, while one is made; else 0.
	 *
	 * @var float
	 */
	private static $connect = 0;

	/**
	 * Asks akin.
	 *
	 * @param string $method  HTTP method.
	 * @param string $path    Path and query, "/v1/status".
	 * @param array  $options With 'body' (array for JSON, or string of JSON Lines), 'timeout' in seconds, 'match' (an entity tag),
	 *                        'secret' (whether the token goes along; true unless given), 'address' and 'token' in place of the settings'.
	 * @return array|WP_Error With 'status', 'body' (decoded if it was JSON), 'tag'. An answer that is no success is an error, whose
	 *                        data has 'status' (0: there was no answer) and 'problem'.
	 */
	public static function ask( $method, $path, $options = array() ) {
		$options = array_merge(
			array(
				'timeout' => 10,
				'secret'  => true,
				'address' => Akin_Related_Settings::get( 'address' ),
				'token'   => Akin_Related_Settings::token(),
			),
			$options
		);
		if ( '' === $options['address'] ) {
			return self::error( 'akin_off', __( 'The address of akin is not set.', 'akin-related' ), 0 );
		}
		$trial   = Akin_Related_Settings::get( 'address' ) !== $options['address'];
		$headers = array( 'Accept' => 'application/json' );
		if ( $options['secret'] && '' !== $options['token'] ) {
			$headers['Authorization'] = 'Bearer ' . $options['token'];
		}
		if ( isset( $options['match'] ) ) {
			$headers['If-Match'] = $options['match'];
		}
		$body = null;
		if ( isset( $options['body'] ) ) {
			$body                    = is_string( $options['body'] ) ? $options['body'] : self::json( $options['body'] );
			$headers['Content-Type'] = is_string( $options['body'] ) ? 'application/x-ndjson' : 'application/json';
		}
		self::$connect = min( 2, $options['timeout'] );
		add_action( 'requests-requests.before_request', array( __CLASS__, 'connect' ), 10, 5 );
		$answer = wp_remote_request(
			$options['address'] . $path,
			array(
				'method'      => $method,
				'timeout'     => $options['timeout'],
				'redirection' => 0, // The token is for this address alone.
				'headers'     => $headers,
				'body'        => $body,
				'user-agent'  => 'akin-related/' . AKIN_RELATED_VERSION,
			)
		);
		remove_action( 'requests-requests.before_request', array( __CLASS__, 'connect' ), 10 );
		self::$connect = 0;
		return self::read( $answer, $trial );
	}

	/**
	 * Bounds how long a connection may take, which WordPress has no setting for.
	 *
	 * @param string $url     Address.
	 * @param array  $headers Of the request.
	 * @param mixed  $data    Of the request.
	 * @param string $type    Method.
	 * @param array  $options Changed here.
	 */
	public static function connect( &$url, &$headers, &$data, &$type, &$options ) {
		if ( self::$connect > 0 ) {
			$options['connect_timeout'] = self::$connect;
		}
	}

	/**
	 * Reads an answer.
	 *
	 * @param array|WP_Error $answer What WordPress got.
	 * @param bool           $trial  Whether it says nothing of the akin that is used.
	 * @return array|WP_Error As of ask().
	 */
	private static function read( $answer, $trial ) {
		if ( is_wp_error( $answer ) ) {
			if ( ! $trial ) {
				self::failed();
			}
			return self::error( 'akin_away', $answer->get_error_message(), 0 );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( ! $trial ) {
			if ( $status >= 500 && 501 !== $status || 429 === $status ) {
				self::failed();
			} else {
				self::back();
			}
		}
		$text = wp_remote_retrieve_body( $answer );
		$type = wp_remote_retrieve_header( $answer, 'content-type' );
		$body = is_string( $type ) && preg_match( '~^application/(problem\+)?json~', $type ) ? json_decode( $text, true ) : $text;
		if ( $status >= 200 && $status < 300 ) {
			return array(
				'status' => $status,
				'body'   => $body,
				'tag'    => (string) wp_remote_retrieve_header( $answer, 'etag' ),
			);
		}
		/* translators: %d: a status of HTTP, such as 404. */
		$said = is_array( $body ) && isset( $body['detail'] ) ? $body['detail'] : sprintf( __( 'the answer is HTTP %d', 'akin-related' ), $status );
		return self::error( 'akin_refused', $said, $status, is_array( $body ) ? $body : array() );
	}

	/**
	 * Makes an error.
	 *
	 * @param string $code    What kind.
	 * @param string $message What is wrong.
	 * @param int    $status  HTTP status; 0: there was no answer.
	 * @param array  $problem What akin said.
	 * @return WP_Error
	 */
	private static function error( $code, $message, $status, $problem = array() ) {
		return new WP_Error(
			$code,
			$message,
			array(
				'status'  => $status,
				'problem' => $problem,
			)
		);
	}

	/**
	 * Returns the HTTP status of an error of ask().
	 *
	 * @param WP_Error $error The error.
	 * @return int
	 */
	public static function status( $error ) {
		$data = $error->get_error_data();
		return is_array( $data ) && isset( $data['status'] ) ? (int) $data['status'] : 0;
	}

	/**
	 * Says whether an error means that akin cannot be asked anything now, rather
	 * than that it refuses one thing.
	 *
	 * @param WP_Error $error The error.
	 * @return bool
	 */
	public static function out( $error ) {
		$status = self::status( $error );
		return $status < 400 || $status >= 500 || in_array( $status, array( 401, 403, 408, 429 ), true );
	}

	/**
	 * Writes JSON as short as it may be.
	 *
	 * @param mixed $value What to write.
	 * @return string
	 */
	public static function json( $value ) {
		return (string) wp_json_encode( $value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
	}

	/**
	 * Returns until when akin is not asked, as it has failed; 0: it may be asked.
	 *
	 * @return int Unix time.
	 */
	public static function away() {
		$away = get_option( self::AWAY, array() );
		return isset( $away['until'] ) && $away['until'] > time() ? (int) $away['until'] : 0;
	}

	/**
	 * Notes a failure: the next try is later each time, and not at the same moment
	 * as that of other sites.
	 */
	private static function failed() {
		$away  = get_option( self::AWAY, array() );
		$tries = isset( $away['tries'] ) ? (int) $away['tries'] : 0;
		$wait  = min( self::LONGEST, self::BLINK * pow( 2, min( $tries, 10 ) ) );
		update_option(
			self::AWAY,
			array(
				'tries' => $tries + 1,
				'until' => time() + (int) ceil( $wait * ( 0.75 + wp_rand( 0, 500 ) / 1000 ) ),
				'since' => isset( $away['since'] ) ? $away['since'] : time(),
			)
		);
	}

	/**
	 * Notes that akin answers.
	 */
	public static function back() {
		if ( get_option( self::AWAY, array() ) ) {
			delete_option( self::AWAY );
		}
	}

	/**
	 * Tries an address and a token, and says in words what is wrong with them.
	 *
	 * @param string $address Of akin.
	 * @param string $token   To send.
	 * @return array|WP_Error With 'version', 'items' and 'generation'.
	 */
	public static function test( $address, $token ) {
		$address = Akin_Related_Settings::address( $address );
		if ( is_wp_error( $address ) ) {
			return $address;
		}
		if ( '' === $address ) {
			return new WP_Error( 'akin_address', __( 'Give the address of akin first.', 'akin-related' ) );
		}
		$to     = array(
			'address' => $address,
			'token'   => $token,
			'timeout' => 5,
		);
		$status = self::ask( 'GET', '/v1/status', $to );
		if ( is_wp_error( $status ) ) {
			$code = self::status( $status );
			if ( 0 === $code ) {
				/* translators: 1: an address, 2: what the network says. */
				return new WP_Error( 'akin_away', sprintf( __( 'Nothing answers at %1$s (%2$s). Does akin run there, and may this server reach it?', 'akin-related' ), $address, $status->get_error_message() ) );
			}
			if ( 401 === $code || 403 === $code ) {
				return self::unknown();
			}
			/* translators: 1: an address, 2: what was answered. */
			return new WP_Error( 'akin_other', sprintf( __( 'What answers at %1$s is not akin: %2$s.', 'akin-related' ), $address, $status->get_error_message() ) );
		}
		if ( ! is_array( $status['body'] ) || ! isset( $status['body']['version'], $status['body']['generation'] ) ) {
			/* translators: %s: an address. */
			return new WP_Error( 'akin_other', sprintf( __( 'Something answers at %s, but it is not akin.', 'akin-related' ), $address ) );
		}
		// Neither writes anything: the one lacks a title, and the other the tag that it must name.
		$writes  = self::ask( 'PUT', '/v1/items/akin-connection-test', array_merge( $to, array( 'body' => (object) array() ) ) );
		$decides = self::ask( 'PUT', '/v1/items/akin-connection-test/curation', array_merge( $to, array( 'body' => (object) array() ) ) );
		foreach (
			array(
				array( $writes, 422, 'pipeline' ),
				array( $decides, 428, 'editor' ),
			) as list( $answer, $wanted, $role )
		) {
			$code = is_wp_error( $answer ) ? self::status( $answer ) : $answer['status'];
			if ( 401 === $code ) {
				return self::unknown();
			}
			if ( 403 === $code ) {
				/* translators: %s: a word that akin uses, "editor" or "pipeline". */
				return new WP_Error( 'akin_role', sprintf( __( 'akin knows the token, but it lacks the role %s. Make one with: akin token blog editor pipeline', 'akin-related' ), $role ) );
			}
			if ( $wanted !== $code ) {
				/* translators: %s: what was answered. */
				return new WP_Error( 'akin_other', sprintf( __( 'akin answers, but cannot be written to: %s.', 'akin-related' ), is_wp_error( $answer ) ? $answer->get_error_message() : $code ) );
			}
		}
		return array(
			'version'    => $status['body']['version'],
			'items'      => (int) $status['body']['items'],
			'generation' => (int) $status['body']['generation'],
		);
	}

	/**
	 * Returns the error of a token that akin does not know.
	 *
	 * @return WP_Error
	 */
	private static function unknown() {
		return new WP_Error( 'akin_token', __( 'akin answers, but does not take the token. Make one with: akin token blog editor pipeline', 'akin-related' ) );
	}
}
