module.exports = ({ env }) => ({
	auth: { secret: 'integration-admin-secret' },
	apiToken: { salt: 'integration-api-token-salt' },
	transfer: { token: { salt: env('TRANSFER_TOKEN_SALT', 'integration-transfer-token-salt') } },
	secrets: { encryptionKey: 'integration-encryption-key-32-by' },
	flags: { nps: false, promoteEE: false },
});
