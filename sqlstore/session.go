package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// causalReads are the bits of wsrep_sync_wait with which a node of a Galera cluster
// applies what the others have committed before it executes a SELECT (1), and before
// an UPDATE or a DELETE (2), which otherwise miss a row that is on its way.
const causalReads = 1 | 2

// checkMySQLSession returns an error if the settings of a session break the
// contract of a store: a write that has returned must be seen by every later read.
func checkMySQLSession(ctx context.Context, db *sql.DB) error {
	settings, err := mysqlVariables(ctx, db)
	if err != nil {
		return err
	}
	if value, ok := settings["autocommit"]; ok && value != "ON" {
		return fmt.Errorf("autocommit is %s, so no write would ever be committed: "+
			"set autocommit=1 in the data source name", value)
	}
	for _, name := range []string{"transaction_isolation", "tx_isolation"} {
		if value := settings[name]; value == "READ-UNCOMMITTED" {
			return fmt.Errorf("%[1]s is %[2]s, at which good secrets are refused while a digest changes: "+
				"set %[1]s='READ-COMMITTED' in the data source name", name, value)
		}
	}
	return checkGalera(settings)
}

// checkGalera returns an error if the session is one of a Galera cluster and does
// not wait for what other nodes have committed.
func checkGalera(settings map[string]string) error {
	provider := settings["wsrep_provider"]
	if settings["wsrep_on"] != "ON" || provider == "" || provider == "none" {
		return nil
	}
	value := settings["wsrep_sync_wait"]
	if wait, err := strconv.Atoi(value); err == nil && wait&causalReads == causalReads {
		return nil
	}
	return fmt.Errorf("wsrep_sync_wait is %s, at which this node of a Galera cluster accepts tokens that were revoked "+
		"on another one: set wsrep_sync_wait=%d in the data source name", value, causalReads)
}

// mysqlVariables returns the variables of a session that checkMySQLSession looks at.
func mysqlVariables(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SHOW VARIABLES WHERE Variable_name IN "+
		"('autocommit', 'transaction_isolation', 'tx_isolation', 'wsrep_on', 'wsrep_provider', 'wsrep_sync_wait')")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	settings := make(map[string]string)
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		settings[name] = value
	}
	return settings, rows.Err()
}
