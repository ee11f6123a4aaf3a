<?php
/**
 * A post as an item of akin.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * What akin is told of a post: what its visitors see of it, and nothing else.
 */
class Akin_Related_Item {

	const MOST_TITLE   = 1024;   // Bytes.
	const MOST_SUMMARY = 16384;  // Bytes.
	const MOST_BODY    = 262144; // Bytes.
	const MOST_TOPICS  = 64;
	const MOST_TOPIC   = 128; // Bytes of a slug.
	const MOST_NAME    = 200; // Bytes of an author's name.

	/**
	 * Says whether visitors may read a post, so that akin may know of it.
	 *
	 * @param WP_Post|null $post A post.
	 * @return bool
	 */
	public static function visible( $post ) {
		if ( ! $post instanceof WP_Post || 'publish' !== $post->post_status || '' !== $post->post_password ) {
			return false;
		}
		if ( ! in_array( $post->post_type, Akin_Related_Settings::types(), true ) ) {
			return false;
		}
		/**
		 * Filters whether akin may know of a public post.
		 */
		return (bool) apply_filters( 'akin_related_hand_over', true, $post );
	}

	/**
	 * Returns the id of a post at akin.
	 *
	 * @param WP_Post $post A post.
	 * @return string
	 */
	public static function id( $post ) {
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WordPress's own.
		$guid = html_entity_decode( apply_filters( 'get_the_guid', $post->guid, $post->ID ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return Akin_Related_Text::id( '' !== trim( $guid ) ? $guid : (string) get_permalink( $post ) );
	}

	/**
	 * Returns the item that a post becomes.
	 *
	 * @param WP_Post $post A post that visitors may read.
	 * @return array Of the fields that docs/items.md of akin describes, without its version.
	 */
	public static function of( $post ) {
		$link    = (string) get_permalink( $post );
		$content = self::content( $post );
		$title   = trim( Akin_Related_Text::drop_codes( Akin_Related_Text::flat( get_the_title( $post ) ) ) );
		$item    = array(
			'id'      => self::id( $post ),
			'url'     => $link,
			'title'   => Akin_Related_Text::shorten( $title, self::MOST_TITLE ),
			'summary' => self::summary( $post, $content ),
			'body'    => Akin_Related_Text::cut( $content, self::MOST_BODY ),
			'lang'    => Akin_Related_Languages::of( $post->ID ),
			'topics'  => array_slice( array_keys( self::topics( $post ) ), 0, self::MOST_TOPICS ),
		);
		if ( 'post' !== $post->post_type ) {
			$item['types'] = array( $post->post_type );
		}
		$author = Akin_Related_Text::plain( (string) get_the_author_meta( 'display_name', $post->post_author ) );
		if ( '' !== $author && post_type_supports( $post->post_type, 'author' ) ) {
			$item['authors'] = array( Akin_Related_Text::cut( $author, self::MOST_NAME ) );
		}
		if ( preg_match( '/^(?!0000)\d{4}-\d\d-\d\d/', $post->post_date, $day ) ) {
			$item['date']     = $day[0];
			$gmt              = strpos( $post->post_date_gmt, '0000' ) === 0 ? get_gmt_from_date( $post->post_date ) : $post->post_date_gmt;
			$item['sortDate'] = str_replace( ' ', 'T', $gmt ) . 'Z';
		}
		$image = self::image( $post, $content, $link );
		if ( $image ) {
			$item['image'] = $image;
		}
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WordPress's own.
		$guid = html_entity_decode( apply_filters( 'get_the_guid', $post->guid, $post->ID ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		if ( $guid !== $link && self::host( $guid ) === self::host( $link ) && '' !== self::host( $guid ) && strlen( $guid ) <= 2048 ) {
			$item['aliases'] = array( $guid );
		}
		$original = Akin_Related_Languages::original( $post->ID );
		if ( $original ) {
			$item['translationOf'] = self::id( get_post( $original ) );
		}
		/**
		 * Filters what akin is told of a post.
		 */
		$item = (array) apply_filters( 'akin_related_item', $item, $post );
		return array_filter(
			$item,
			function ( $value ) {
				return '' !== $value && array() !== $value && null !== $value;
			}
		);
	}

	/**
	 * Returns the host and port of an address.
	 *
	 * @param string $address An address.
	 * @return string Empty for what is none.
	 */
	private static function host( $address ) {
		$host = (string) wp_parse_url( $address, PHP_URL_HOST );
		return '' === $host ? '' : $host . ':' . wp_parse_url( $address, PHP_URL_PORT );
	}

	/**
	 * Returns the text of a post as its page shows it, without related lists.
	 *
	 * @param WP_Post $post A post.
	 * @return string HTML.
	 */
	private static function content( $post ) {
		$before          = isset( $GLOBALS['post'] ) ? $GLOBALS['post'] : null;
		$GLOBALS['post'] = $post; // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited -- blocks and shortcodes ask for it; it is put back.
		setup_postdata( $post );
		$quiet = Akin_Related_View::quiet( true );
		ob_start(); // What a shortcode prints in place of returning it belongs on no page here.
		try {
			// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WordPress's own.
			$content = (string) apply_filters( 'the_content', $post->post_content );
		} finally {
			ob_end_clean();
			Akin_Related_View::quiet( $quiet );
			$GLOBALS['post'] = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited -- as it was.
			if ( $before instanceof WP_Post ) {
				setup_postdata( $before );
			}
		}
		return wp_check_invalid_utf8( $content, true );
	}

	/**
	 * Returns a post's excerpt, or the beginning of its text.
	 *
	 * @param WP_Post $post    A post.
	 * @param string  $content Its text, HTML.
	 * @return string
	 */
	private static function summary( $post, $content ) {
		$summary = '';
		if ( '' !== trim( $post->post_excerpt ) ) {
			// phpcs:disable WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound -- WordPress's own.
			$summary = apply_filters( 'the_excerpt', apply_filters( 'get_the_excerpt', $post->post_excerpt, $post ) );
			// phpcs:enable
			$summary = trim( Akin_Related_Text::drop_codes( Akin_Related_Text::flat( $summary ) ) );
		}
		if ( '' === $summary ) {
			return Akin_Related_Text::shorten( Akin_Related_Text::plain( Akin_Related_Text::drop_codes( $content ) ), Akin_Related_Text::SUMMARY );
		}
		return strlen( $summary ) <= self::MOST_SUMMARY ? $summary : Akin_Related_Text::shorten( Akin_Related_Text::plain( $summary ), self::MOST_SUMMARY );
	}

	/**
	 * Returns the picture of a post: the featured one, or the first in its text.
	 *
	 * @param WP_Post $post    A post.
	 * @param string  $content Its text, HTML.
	 * @param string  $link    Its address.
	 * @return array With 'url' and perhaps 'alt'; empty without one.
	 */
	private static function image( $post, $content, $link ) {
		$thumbnail = get_post_thumbnail_id( $post );
		$image     = array(
			'url' => $thumbnail ? (string) wp_get_attachment_url( $thumbnail ) : '',
			'alt' => $thumbnail ? (string) get_post_meta( $thumbnail, '_wp_attachment_image_alt', true ) : '',
		);
		if ( '' === $image['url'] ) {
			$image = Akin_Related_Text::first_picture( $content );
		}
		if ( empty( $image['url'] ) ) {
			return array();
		}
		$image['url'] = WP_Http::make_absolute_url( $image['url'], $link );
		$image['alt'] = Akin_Related_Text::shorten( Akin_Related_Text::plain( $image['alt'] ), 1024 );
		return strlen( $image['url'] ) > 2048 ? array() : array_filter( $image );
	}

	/**
	 * Returns the terms of a post that are topics: those of public taxonomies, but
	 * for the category of posts without one.
	 *
	 * @param WP_Post $post A post.
	 * @return WP_Term[] By slug, as akin writes it.
	 */
	public static function topics( $post ) {
		$topics = array();
		foreach ( get_object_taxonomies( $post, 'objects' ) as $taxonomy ) {
			if ( ! self::taxonomy( $taxonomy ) ) {
				continue;
			}
			$terms = get_the_terms( $post, $taxonomy->name );
			foreach ( is_array( $terms ) ? $terms : array() as $term ) {
				$slug = self::slug( $term );
				if ( '' !== $slug && ! isset( $topics[ $slug ] ) ) {
					$topics[ $slug ] = $term;
				}
			}
		}
		return $topics;
	}

	/**
	 * Says whether the terms of a taxonomy are topics.
	 *
	 * @param WP_Taxonomy $taxonomy A taxonomy.
	 * @return bool
	 */
	public static function taxonomy( $taxonomy ) {
		$none = array( 'nav_menu', 'link_category', 'post_format', 'language', 'term_language', 'post_translations', 'term_translations', 'translation_priority', 'product_type', 'product_visibility', 'product_shipping_class' );
		return $taxonomy->public && $taxonomy->show_in_rest && ! in_array( $taxonomy->name, $none, true );
	}

	/**
	 * Returns the slug of a term's topic.
	 *
	 * @param WP_Term $term A term.
	 * @return string Empty for none.
	 */
	public static function slug( $term ) {
		$slug = str_replace( '/', '-', Akin_Related_Text::one_line( rawurldecode( $term->slug ) ) );
		if ( in_array( $slug, array( '', '.', '..', 'uncategorized', 'uncategorised' ), true ) || strlen( $slug ) > self::MOST_TOPIC ) {
			return '';
		}
		return $slug;
	}
}
