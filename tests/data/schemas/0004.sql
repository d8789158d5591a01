BEGIN TRANSACTION;
CREATE TABLE additions (
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	facts JSON NOT NULL, 
	added_at TEXT NOT NULL, 
	CONSTRAINT pk_additions PRIMARY KEY (kind, name)
);
INSERT INTO "additions" VALUES('gpu','B200','{"name": "B200", "memory_gb": 192, "memory_gib": 178.4, "bandwidth_gb_per_s": 8000, "fp16_tflops": 2250, "fp8_tflops": null, "int8_tops": null, "tdp_w": 1000, "compute_capability": [10, 0], "architecture": "Blackwell", "link_gb_per_s": 900, "aliases": ["NVIDIA B200"], "source": "datasheet", "source_date": "2025-01-01", "note": null, "added_by": "user"}','2026-11-22T16:44:58.908+00:00');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE measurements (
	id INTEGER NOT NULL, 
	content_key TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	run_id TEXT, 
	source_id TEXT NOT NULL, 
	gpu TEXT NOT NULL, 
	gpu_memory_gb DOUBLE, 
	gpu_count INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	base_model TEXT, 
	params_b DOUBLE, 
	quantization TEXT, 
	engine TEXT NOT NULL, 
	engine_version TEXT, 
	mode TEXT, 
	load TEXT NOT NULL, 
	input_tokens DOUBLE, 
	output_tokens DOUBLE, 
	concurrency DOUBLE, 
	request_rate_per_s DOUBLE, 
	requests DOUBLE, 
	output_tokens_per_s DOUBLE, 
	requests_per_s DOUBLE, 
	ttft_ms_mean DOUBLE, 
	ttft_ms_median DOUBLE, 
	tpot_ms_mean DOUBLE, 
	e2e_s_mean DOUBLE, 
	peak_memory_gb DOUBLE, 
	power_w DOUBLE, 
	quality TEXT, 
	date TEXT, 
	source TEXT NOT NULL, 
	notes TEXT, engine_settings TEXT, throughput_sd DOUBLE, peak_bandwidth_gb_per_s DOUBLE, peak_fp16_tflops DOUBLE, 
	CONSTRAINT pk_measurements PRIMARY KEY (id), 
	CONSTRAINT uq_measurements_content_key UNIQUE (content_key), 
	CONSTRAINT fk_measurements_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
INSERT INTO "measurements" VALUES(1,'98182f7a1a954850467cc21e1dae4fd65aef3a14eec546f6af8cf47d7031d17b','reference',NULL,'article','A100 80GB',NULL,1,'mistralai/Mistral-7B-Instruct-v0.2',NULL,NULL,NULL,'vllm',NULL,NULL,'closed_loop',8000.0,150.0,32.0,NULL,NULL,130.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-08-26','An article',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "measurements" VALUES(2,'0189a6bfcee30dd0990a089e69bd12c918610c3e6b4b8b3d5404f38a5e22b5a6','user',NULL,'lab','A100 80GB',NULL,1,'mistralai/Mistral-7B-Instruct-v0.2',NULL,NULL,NULL,'vllm',NULL,NULL,'closed_loop',8000.0,150.0,32.0,NULL,NULL,130.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-08-26','Our lab''s notebook','«é» ''quoted''; DROP TABLE measurements',NULL,NULL,NULL,NULL);
INSERT INTO "measurements" VALUES(3,'288cfc52bd006ec18919b9fb81b166a168ded20b85d78dbee34650ec04a4e4b8','user','20261122-7f3a','run-7f3a','L4',NULL,1,'mistralai/Mistral-7B-Instruct-v0.2',NULL,NULL,NULL,'vllm',NULL,NULL,'closed_loop',8000.0,150.0,8.0,NULL,NULL,130.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-08-26','Our lab''s notebook','«é» ''quoted''; DROP TABLE measurements',NULL,NULL,NULL,NULL);
INSERT INTO "measurements" VALUES(4,'903600d653f2c5862ab1da07a7d50382b30e28e9687a42c40d9cbdc11e74ba76','user',NULL,'lab','A100 80GB',NULL,1,'mistralai/Mistral-7B-Instruct-v0.2',NULL,NULL,NULL,'vllm',NULL,NULL,'closed_loop',8000.0,150.0,32.0,NULL,NULL,130.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-08-26','Our lab''s notebook','«é» ''quoted''; DROP TABLE measurements','max_num_seqs=64; prefix_hit_share=0.5',NULL,NULL,NULL);
INSERT INTO "measurements" VALUES(5,'af86af3af04a91e659bfd4ad8ed3b50f7ee1beb1910190330c6eec3ae728b2b8','user',NULL,'lab','A100 80GB',NULL,1,'mistralai/Mistral-7B-Instruct-v0.2',NULL,NULL,NULL,'vllm',NULL,NULL,'closed_loop',8000.0,150.0,32.0,NULL,NULL,130.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-08-26','Our lab''s notebook','«é» ''quoted''; DROP TABLE measurements',NULL,0.04,20.0,0.2);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('reference_version','fcddf85326e03d743f074d61e10e2376a934db6e0f5ffb5b0850e6a85357419c');
INSERT INTO "meta" VALUES('changes','4');
CREATE TABLE run_points (
	id INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	input_tokens INTEGER NOT NULL, 
	output_tokens INTEGER NOT NULL, 
	concurrency INTEGER NOT NULL, 
	load TEXT NOT NULL, 
	status TEXT NOT NULL, 
	reason TEXT, 
	measured_at TEXT NOT NULL, 
	measurement_id INTEGER, 
	details JSON NOT NULL, 
	CONSTRAINT pk_run_points PRIMARY KEY (id), 
	CONSTRAINT uq_run_points_run_id UNIQUE (run_id, "key"), 
	CONSTRAINT fk_run_points_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id), 
	CONSTRAINT fk_run_points_measurement_id FOREIGN KEY(measurement_id) REFERENCES measurements (id) ON DELETE SET NULL
);
INSERT INTO "run_points" VALUES(1,'20261122-7f3a','1024x128x8',0,1024,128,8,'closed_loop','ok',NULL,'2026-11-22T10:03:00+00:00',3,'{"p99_e2e_s": 4.5, "throttled": false}');
CREATE TABLE runs (
	run_id TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	suite TEXT NOT NULL, 
	model TEXT NOT NULL, 
	base_model TEXT, 
	gpu TEXT NOT NULL, 
	gpu_count INTEGER NOT NULL, 
	quantization TEXT, 
	engine TEXT NOT NULL, 
	engine_version TEXT, 
	environment JSON NOT NULL, 
	design JSON NOT NULL, 
	stopped TEXT, 
	source_id TEXT NOT NULL, 
	CONSTRAINT pk_runs PRIMARY KEY (run_id)
);
INSERT INTO "runs" VALUES('20261122-7f3a','2026-11-22T10:00:00+00:00',NULL,'quick','mistralai/Mistral-7B-Instruct-v0.2',NULL,'L4',1,'awq','vllm',NULL,'{"driver": "550.54.14", "flags": ["--enforce-eager"], "kv_cache_tokens": 41000}','{"points": 6}',NULL,'run-7f3a');
CREATE TABLE scenario_versions (
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	scenario JSON NOT NULL, 
	saved_at TEXT NOT NULL, 
	saved_by TEXT, 
	entered JSON, 
	CONSTRAINT pk_scenario_versions PRIMARY KEY (name, version)
);
INSERT INTO "scenario_versions" VALUES('ours',1,'{"name": "The article''s case", "documents_per_year": 20000000.0, "input_tokens": 8000, "output_tokens": 150, "model": "mistralai/Mistral-7B-Instruct-v0.2", "quantization": null, "gpus": ["L4"], "budget_usd_per_year": null, "latency_p95_s": null, "peak_factor": 1.0, "hours_per_week": 168.0, "terms": ["on-demand"], "include_marketplace": false, "pay_only_for_hours": false, "spare_replicas": 0, "confidence": 0.8, "engine_version": null, "gpu_memory_utilization": null, "other_costs": []}','2026-11-22T16:44:58.929+00:00',NULL,NULL);
CREATE TABLE scenarios (
	name TEXT NOT NULL, 
	scenario JSON NOT NULL, 
	created_at TEXT NOT NULL, 
	updated_at TEXT NOT NULL, version INTEGER DEFAULT '1' NOT NULL, saved_by TEXT, entered JSON, 
	CONSTRAINT pk_scenarios PRIMARY KEY (name)
);
INSERT INTO "scenarios" VALUES('ours','{"name": "The article''s case", "documents_per_year": 20000000.0, "input_tokens": 8000, "output_tokens": 150, "model": "mistralai/Mistral-7B-Instruct-v0.2", "quantization": null, "gpus": ["L4"], "budget_usd_per_year": null, "latency_p95_s": null, "peak_factor": 1.0, "hours_per_week": 168.0, "terms": ["on-demand"], "include_marketplace": false, "pay_only_for_hours": false, "spare_replicas": 0, "confidence": 0.8, "engine_version": null, "gpu_memory_utilization": null, "other_costs": []}','2026-11-22T16:44:58.929+00:00','2026-11-22T16:44:58.929+00:00',2,'ada@example.org',NULL);
CREATE TABLE set_aside (
	source_id TEXT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_set_aside PRIMARY KEY (source_id)
);
INSERT INTO "set_aside" VALUES('lab','2026-11-27T12:52:11.542+00:00');
CREATE INDEX ix_measurements_source_id ON measurements (source_id);
COMMIT;
