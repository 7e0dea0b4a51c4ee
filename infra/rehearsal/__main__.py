from infra.rehearsal.demo import app

app()
