module.exports = ({ env }) => ({
	connection: {
		client: 'sqlite',
		connection: { filename: env('DATABASE_FILE', 'data.db') },
		useNullAsDefault: true,
	},
});
