/* The block of related posts: a preview that the server renders, and two settings. */
( function ( wp ) {
	'use strict';

	var el = wp.element.createElement;
	var __ = wp.i18n.__;

	wp.blocks.registerBlockType( 'akin/related', {
		edit: function ( props ) {
			var attributes = props.attributes;
			return el(
				wp.element.Fragment,
				null,
				el(
					wp.blockEditor.InspectorControls,
					null,
					el(
						wp.components.PanelBody,
						{ title: __( 'List', 'akin-related' ) },
						el( wp.components.TextControl, {
							label: __( 'Heading', 'akin-related' ),
							help: __( 'Empty: the one of the settings.', 'akin-related' ),
							value: attributes.heading,
							onChange: function ( heading ) {
								props.setAttributes( { heading: heading } );
							},
						} ),
						el( wp.components.RangeControl, {
							label: __( 'Entries at most', 'akin-related' ),
							help: __( '0: as many as the settings say.', 'akin-related' ),
							min: 0,
							max: 12,
							value: attributes.number,
							onChange: function ( number ) {
								props.setAttributes( { number: number || 0 } );
							},
						} )
					)
				),
				el(
					'div',
					wp.blockEditor.useBlockProps(),
					el(
						wp.components.Disabled,
						null,
						el( wp.serverSideRender, {
							block: 'akin/related',
							attributes: attributes,
							urlQueryArgs: props.context.postId ? { post_id: props.context.postId } : {},
						} )
					)
				)
			);
		},
		save: function () {
			return null;
		},
	} );
} )( window.wp );
