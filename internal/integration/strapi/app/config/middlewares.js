module.exports = [
	'strapi::logger',
	'strapi::errors',
	'strapi::security',
	'strapi::cors',
	'strapi::query',
	{ name: 'strapi::body', config: { formidable: { maxFileSize: 512 * 1024 * 1024 } } },
	'strapi::session',
	'strapi::favicon',
	'strapi::public',
];
