<?php
// What this site has beside a WordPress as it comes: two languages, kept and
// shown as Polylang does; a public type of posts and one that is nobody's to
// see; a shortcode. No mail is sent.

function wp_mail() {
	return true;
}

add_action('init', function () {
	register_taxonomy('language', 'post', ['public' => false]);
	register_taxonomy('post_translations', 'post', ['public' => false]);
	register_post_type('recipe', ['label' => 'Recipes', 'public' => true, 'show_in_rest' => true, 'rest_base' => 'recipes',
		'taxonomies' => ['post_tag'], 'supports' => ['title', 'editor', 'excerpt', 'author', 'thumbnail']]);
	register_post_type('booking', ['label' => 'Bookings', 'public' => false, 'supports' => ['title', 'editor']]);
	add_shortcode('note', fn($a, $text = '') => '<aside>' . $text . '</aside>');
});

add_action('rest_api_init', function () {
	register_rest_field('post', 'lang', ['get_callback' => function ($post) {
		$terms = wp_get_object_terms($post['id'], 'language', ['fields' => 'slugs']);
		return $terms ? $terms[0] : '';
	}]);
	register_rest_field('post', 'translations', ['get_callback' => function ($post) {
		$terms = wp_get_object_terms($post['id'], 'post_translations');
		return $terms ? unserialize($terms[0]->description) : (object) [];
	}]);
});
