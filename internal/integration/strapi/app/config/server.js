module.exports = ({ env }) => ({
	host: '127.0.0.1',
	port: env.int('PORT', 0),
	app: { keys: ['integration-app-key'] },
	transfer: { remote: { enabled: env.bool('REMOTE', true) } },
	webhooks: { populateRelations: false },
});
