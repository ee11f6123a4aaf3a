<?php
/**
 * What the site's administrator set.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * The settings: one option, with a default for each value.
 */
class Akin_Related_Settings {

	const OPTION = 'akin_related_settings';

	/**
	 * Most entries that a list shows.
	 */
	const MOST = 12;

	/**
	 * Registers the option.
	 */
	public static function hook() {
		add_action( 'admin_init', array( __CLASS__, 'register' ) );
		add_action( 'update_option_' . self::OPTION, array( __CLASS__, 'changed' ), 10, 2 );
		add_action( 'add_option_' . self::OPTION, array( __CLASS__, 'added' ), 10, 2 );
	}

	/**
	 * Registers the option with the form that changes it.
	 */
	public static function register() {
		register_setting(
			'akin-related',
			self::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( __CLASS__, 'sanitize' ),
				'default'           => array(),
			)
		);
	}

	/**
	 * Returns all settings.
	 *
	 * @return array With 'address', 'token', 'types', 'number', 'heading', 'place', 'pictures', 'dates', 'reasons' and 'home'.
	 */
	public static function all() {
		$kept = get_option( self::OPTION, array() );
		return array_merge(
			array(
				'address'  => '',
				'token'    => '',
				'types'    => array( 'post' ),
				'number'   => 4,
				'heading'  => '',
				'place'    => 'after',
				'pictures' => true,
				'dates'    => true,
				'reasons'  => false,
				'home'     => '',
			),
			is_array( $kept ) ? $kept : array()
		);
	}

	/**
	 * Returns one setting.
	 *
	 * @param string $name Its name.
	 * @return mixed
	 */
	public static function get( $name ) {
		return self::all()[ $name ];
	}

	/**
	 * Returns the token, which wp-config.php may hold instead of the database.
	 *
	 * @return string
	 */
	public static function token() {
		return defined( 'AKIN_RELATED_TOKEN' ) ? (string) AKIN_RELATED_TOKEN : self::get( 'token' );
	}

	/**
	 * Says whether posts are handed over: not before akin's address is known, and
	 * not from a copy of the site at another address, as for staging, whose posts
	 * would replace the real ones.
	 *
	 * @return bool
	 */
	public static function connected() {
		return '' !== self::get( 'address' ) && ! self::copied();
	}

	/**
	 * Says whether the site is at another address than it was when it was connected.
	 *
	 * @return bool
	 */
	public static function copied() {
		$home = self::get( 'home' );
		return '' !== $home && self::home() !== $home;
	}

	/**
	 * Returns the address of the site without its scheme: as it is stored, not as plugins
	 * have it differ by language.
	 *
	 * @return string
	 */
	private static function home() {
		return preg_replace( '~^https?://~', '', untrailingslashit( get_option( 'home' ) ) );
	}

	/**
	 * Returns the post types that may be handed over: public, with pages of their own.
	 *
	 * @return WP_Post_Type[] By name.
	 */
	public static function possible_types() {
		$types = get_post_types( array( 'public' => true ), 'objects' );
		unset( $types['attachment'] );
		return array_filter( $types, 'is_post_type_viewable' );
	}

	/**
	 * Returns the post types that are handed over.
	 *
	 * @return string[]
	 */
	public static function types() {
		return array_values( array_intersect( (array) self::get( 'types' ), array_keys( self::possible_types() ) ) );
	}

	/**
	 * Makes settings of what a form sends. What it does not send stays.
	 *
	 * @param mixed $input What was sent.
	 * @return array
	 */
	public static function sanitize( $input ) {
		$now = self::all();
		if ( ! is_array( $input ) ) {
			return $now;
		}
		if ( isset( $input['address'] ) ) {
			$address = self::address( $input['address'] );
			if ( is_wp_error( $address ) ) {
				add_settings_error( self::OPTION, 'address', $address->get_error_message() );
			} else {
				$now['address'] = $address;
			}
		}
		if ( ! empty( $input['forget'] ) ) {
			$now['token'] = '';
		} elseif ( isset( $input['token'] ) && '' !== trim( $input['token'] ) ) {
			$now['token'] = preg_replace( '/[^\x21-\x7e]/', '', $input['token'] );
		}
		if ( isset( $input['types'] ) ) {
			$now['types'] = array_values( array_intersect( array_map( 'sanitize_key', (array) $input['types'] ), array_keys( self::possible_types() ) ) );
		}
		if ( isset( $input['number'] ) ) {
			$now['number'] = max( 1, min( self::MOST, absint( $input['number'] ) ) );
		}
		if ( isset( $input['heading'] ) ) {
			$now['heading'] = sanitize_text_field( $input['heading'] );
		}
		if ( isset( $input['place'] ) ) {
			$now['place'] = 'after' === $input['place'] ? 'after' : 'none';
		}
		foreach ( array( 'pictures', 'dates', 'reasons' ) as $name ) {
			if ( isset( $input[ $name ] ) ) {
				$now[ $name ] = (bool) $input[ $name ];
			}
		}
		$now['home'] = self::home();
		return $now;
	}

	/**
	 * Returns akin's address as it is kept, or what is wrong with it.
	 *
	 * @param string $address As it was typed.
	 * @return string|WP_Error Without a slash at its end; empty for none.
	 */
	public static function address( $address ) {
		$address = untrailingslashit( trim( (string) $address ) );
		if ( '' === $address ) {
			return '';
		}
		$parts = wp_parse_url( $address );
		if ( ! $parts || empty( $parts['host'] ) || ! in_array( $parts['scheme'], array( 'http', 'https' ), true ) ) {
			return new WP_Error( 'akin_address', __( 'The address of akin begins with http:// or https://, as in https://related.example.org.', 'akin-related' ) );
		}
		if ( isset( $parts['user'] ) || isset( $parts['query'] ) || isset( $parts['fragment'] ) || ! empty( $parts['path'] ) ) {
			return new WP_Error( 'akin_address', __( 'The address of akin is a host alone, without a path: akin has a host or a port of its own.', 'akin-related' ) );
		}
		return esc_url_raw( $address, array( 'http', 'https' ) );
	}

	/**
	 * Has posts of types that are no longer handed over withdrawn, and those of new
	 * ones handed over.
	 *
	 * @param mixed $old Settings before.
	 * @param mixed $now Settings after.
	 */
	public static function changed( $old, $now ) {
		$before = isset( $old['types'] ) ? (array) $old['types'] : array( 'post' );
		$after  = isset( $now['types'] ) ? (array) $now['types'] : array( 'post' );
		if ( ! empty( $old['address'] ) && ( isset( $now['address'] ) ? $now['address'] : '' ) !== $old['address'] ) {
			Akin_Related_Table::forget();
		}
		Akin_Related_Client::back();
		Akin_Related_Lists::outdate();
		if ( isset( $old['home'] ) && '' !== $old['home'] ) {
			Akin_Related_Changes::types( array_merge( array_diff( $before, $after ), array_diff( $after, $before ) ) );
		}
	}

	/**
	 * Forgets that akin was away, when the settings are first saved.
	 *
	 * @param string $option Name.
	 * @param mixed  $now    Settings.
	 */
	public static function added( $option, $now ) {
		unset( $option );
		self::changed( array(), $now );
	}
}
