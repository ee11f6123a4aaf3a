<!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head><title><?php bloginfo('name'); ?></title><?php wp_head(); ?></head>
<body><?php wp_footer(); ?></body>
</html>
