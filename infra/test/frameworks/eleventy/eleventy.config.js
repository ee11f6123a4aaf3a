import 'akin-related'; // on the server it does nothing

export default (config) => {
  config.addPassthroughCopy({ '../node_modules/akin-related/index.js': 'akin-related.js' });
  return { dir: { input: 'pages', output: 'dist' } };
};
